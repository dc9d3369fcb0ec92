"""Trail pages: who did what and when, to filter and take along; and whether the seal is whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import flash, redirect
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.consortium.store import members as members_store
from app.consortium.store import people as people_store
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import moment_text, named
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.listing import MOST_EXPORTED, asked_word, listed
from app.entrypoints.web.titles import deed_choices, deed_title, object_title, result_title
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY, local_midnight
from app.trail import actions, store
from app.trail.store import Line, Wanted

RESULTS = ("done", "failed", "locked", "too_old")


@web.get("/admin/trail")
@gate.needs("trail.read")
def trail() -> Response | tuple[str, int]:
    """The trail, newest first."""
    wanted = _wanted()
    chosen = exports.wanted()
    if chosen:
        found = store.lines(wanted, MOST_EXPORTED)
        people, members = _names(found)
        head = [
            gettext("When"),
            gettext("Who"),
            gettext("For"),
            gettext("From where"),
            gettext("Deed"),
            gettext("About"),
        ]
        head += [gettext("Result"), gettext("Before"), gettext("After")]
        rows = (
            (
                line.deed.at,
                people.get(line.deed.person_id or 0, ""),
                members.get(line.deed.member_id or 0, ""),
                line.deed.address,
                deed_title(line.deed.deed),
                f"{object_title(line.deed.object_kind)} {line.deed.object_id or ''}".strip(),
                result_title(line.deed.result),
                line.deed.before,
                line.deed.after,
            )
            for line in found
        )
        return exports.as_file(chosen, gettext("Trail"), head, rows)
    shown = listed(store.count(wanted), lambda limit, offset: store.lines(wanted, limit, offset))
    people, members = _names(shown.rows)
    return page(
        "trail/trail.html",
        shown=shown,
        people=people,
        members=members,
        deeds=deed_choices(),
        kinds=[(kind, object_title(kind)) for kind in store.object_kinds()],
        results=[(result, result_title(result)) for result in RESULTS],
        deed_title=deed_title,
        object_title=object_title,
        result_title=result_title,
        moment_text=moment_text,
    )


@web.post("/admin/trail/verify")
@gate.needs("trail.read")
def verify_trail() -> Response:
    """Go through every chain and say whether an entry was changed or removed. Changes nothing itself."""
    broken = actions.verify()
    if broken:
        flash(gettext("The trail was changed at %(places)s.", places=", ".join(broken[:20])), "problem")
    else:
        flash(
            gettext("The trail is whole: %(count)s entries, none changed or removed.", count=store.count(Wanted())),
            "done",
        )
    return redirect("/admin/trail")


def _wanted() -> Wanted:
    email = asked_word("person")
    person_id = id_from_text(email)
    if email and person_id is None:
        person_id = people_store.person_id_of(email.lower()) or 0
    first, last = _day("since"), _day("until")
    return Wanted(
        person_id=person_id,
        deed=asked_word("deed"),
        object_kind=asked_word("kind"),
        object_id=id_from_text(asked_word("object")),
        result=asked_word("result", RESULTS),
        since=local_midnight(first) if first else None,
        until=local_midnight(last + DAY) if last else None,
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(asked_word(name))
    except ValueError:
        return None
    return day if 1970 < day.year < clock.today().year + 100 else None


def _names(lines: Sequence[Line]) -> tuple[dict[int, str], dict[int, str]]:
    """The people and members that these lines speak of, by id."""
    people = people_store.names(sorted({line.deed.person_id for line in lines if line.deed.person_id}))
    ids = sorted({line.deed.member_id for line in lines if line.deed.member_id})
    return people, {key: named(value) for key, value in members_store.names(ids).items()}
