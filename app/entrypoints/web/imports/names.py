"""Names in timetables that nobody knows yet: what they mean, and the lessons that wait for them."""

from __future__ import annotations

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import imports as importing
from app.booking.actions import planning
from app.booking.actions.imports import Choices, File
from app.booking.actions.planning import Plan, Timetable
from app.booking.store import names
from app.consortium.store import members
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.formats import named
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.imports.allowed import may_import
from app.entrypoints.wording import sentences
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused

MOST_NAMES = 200


@web.get("/imports/names")
@gate.needs("timetable.import")
def import_names() -> tuple[str, int]:
    """Rooms and teachers of timetables that nobody knows yet, with the likeliest ones."""
    return _names_page([], 200)


def _names_member() -> int:
    wanted = id_from_text(request.values.get("member", "")) or actor().member_id or 0
    return or_404(wanted if may_import(wanted) else None)


def _names_page(reasons: list[str], status: int) -> tuple[str, int]:
    member_id = _names_member()
    rooms = names.rooms(member_id)
    teachers = names.teachers(member_id, clock.today())
    unknown = names.unknown_rooms(member_id)
    people = [
        {"text": name, "lessons": count, "offers": teachers.closest(name)}
        for name, count in names.unknown_teachers(member_id).items()
        if teachers.find([name]) is None
    ]
    return page(
        "imports/names.html",
        status,
        member_id=member_id,
        mine=[(each.id, named(each)) for each in members.current(clock.today()) if may_import(each.id)],
        rooms=[
            {
                "line": each,
                "offers": rooms.closest(each.campus, each.room),
                "is_known": rooms.find(each.campus, each.room),
            }
            for each in unknown[:MOST_NAMES]
        ],
        every_room=sorted(((room.unit_id, room.label) for room in rooms.rooms), key=lambda pair: pair[1]),
        people=people[:MOST_NAMES],
        waiting=sum(each.lessons for each in unknown if rooms.find(each.campus, each.room) is not None),
        reasons=reasons,
    )


@web.post("/imports/names")
@gate.needs("timetable.import")
def say_name() -> tuple[str, int] | Response:
    """What a text in timetables means from now on."""
    member_id = _names_member()
    who, now = actor(), clock.now()
    kind, text = request.form.get("kind", ""), request.form.get("text", "")[:200]
    said = id_from_text(request.form.get("other", "")) or id_from_text(request.form.get("said", ""))
    try:
        transaction(lambda: importing.say_name(who, member_id, kind, text, said, now=now))
    except Refused as refused:
        return _names_page(sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Noted. Lessons that wait for it can be placed now."), "done")
    return redirect(f"/imports/names?member={member_id}", 303)


@web.post("/imports/names/place")
@gate.needs("timetable.import")
def place_waiting() -> tuple[str, int] | Response:
    """Look what of the waiting lessons can be placed now: an import of its own, with its preview."""
    member_id = _names_member()
    who, now = actor(), clock.now()
    made = None
    try:
        for term_id, learners in names.terms_with(member_id, "unknown_room"):
            wanted = importing.timetable_of(who, Choices(member_id, term_id, learners, "skip", "part"))
            plan = planning.plan_kept(who, wanted, now=now)
            if any(not item.told for item in plan.items):
                made = _bring_kept(wanted, plan)
    except Refused as refused:
        return _names_page(sentences(refused.reasons), status_of(refused.reasons))
    if made is None:
        flash(gettext("There is nothing to place: say first what the names mean."), "note")
        return redirect(f"/imports/names?member={member_id}", 303)
    return redirect(f"/imports/{made}", 303)


def _bring_kept(wanted: Timetable, plan: Plan) -> int:
    who, now = actor(), clock.now()
    file = File(gettext("Lessons that waited for a room"), b"", "kept")
    return transaction(lambda: importing.bring(who, wanted, file, plan, now=now))
