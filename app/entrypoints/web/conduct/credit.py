"""Credit pages: one's own score with the reason of each point, and restrictions: proposed, decided, appealed against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.consortium.actions import conduct
from app.consortium.actions.settings import settings_now
from app.consortium.rules import credit as rules
from app.consortium.rules.credit import Event, terms_of
from app.consortium.rules.permission import may
from app.consortium.rules.restriction import OVER, SCOPES, STATES, Restriction
from app.consortium.rules.scope import scope
from app.consortium.store import credit as credit_store
from app.consortium.store import people
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import moment_text, span_text
from app.entrypoints.web.attempts import attempt
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.listing import MOST_EXPORTED, asked_word, listed, shown_version
from app.entrypoints.wording import conduct as conduct_words
from app.entrypoints.wording.language import chosen_locale
from app.foundation.identifiers import id_from_text
from app.usage.actions import restricting
from app.usage.store import listing as store

STANDINGS = ("appealed", *STATES, OVER)


@dataclass(frozen=True, slots=True)
class Line:
    """A restriction as pages show it."""

    held: Restriction
    person: str
    standing: str
    where: str
    decider: str


def lines(held: Sequence[Restriction], now: datetime) -> list[Line]:
    """Restrictions with the names of people and places; two queries and one for each kind of place."""
    ids = {each.person_id for each in held} | {each.decided_by for each in held if each.decided_by}
    names = people.names(sorted(ids)) if ids else {}
    places = store.place_names((each.scope, each.scope_id) for each in held)
    return [
        Line(
            held=each,
            person=names.get(each.person_id, ""),
            standing=each.standing(now),
            where=where_words(each, places),
            decider=names.get(each.decided_by or 0, gettext("nobody: it is set to be automatic")),
        )
        for each in held
    ]


def where_words(held: Restriction, places: Mapping[tuple[str, int], tuple[str, str]]) -> str:
    if held.scope == "all" or held.scope_id is None:
        return conduct_words.scope_name("all")
    zh, en = places.get((held.scope, held.scope_id), ("", ""))
    return en if en and chosen_locale() == "en" else zh


# ── one's own ──


@web.get("/account/credit")
@gate.needs("credit.see")
def my_credit() -> tuple[str, int]:
    """The score, every event with its reason, what is restricted, why, and how to object."""
    return _show_mine([], 200)


def _show_mine(reasons: Sequence[str], status: int, words: str = "") -> tuple[str, int]:
    who, now = actor(), clock.now()
    values = settings_now()
    terms = terms_of(values)
    events = credit_store.events_of([who.person_id])
    held = credit_store.restrictions(person_id=who.person_id)
    return page(
        "usage/my_credit.html",
        status,
        score=rules.score(events, terms),
        terms=terms,
        rules=[
            (rule, rules.points_of(rule, values)) for rule in (*rules.GIVES, *rules.TAKES) if rule != rules.NO_FEEDBACK
        ],
        events=event_lines(events, terms),
        restrictions=[(line, event_lines(_of(events, line.held), terms)) for line in lines(held, now)],
        now=now,
        said=words,
        reasons=reasons,
        **_words(),
    )


def _of(events: Sequence[Event], held: Restriction) -> list[Event]:
    """The events a restriction rests on, and what excused them."""
    wanted = set(held.event_ids)
    return [each for each in events if each.id in wanted or each.reverses_id in wanted]


def event_lines(events: Sequence[Event], terms: rules.Terms) -> list[dict[str, Any]]:
    """Events, the newest first, each with the booking it speaks of, the score after it, and who excused it."""
    dates = store.dates_of({each.date_id for each in events if each.date_id is not None})
    after = rules.course(events, terms)
    excused = {each.reverses_id for each in events if each.reverses_id is not None}
    names = people.names(sorted({each.by_id for each in events if each.by_id}))
    return [
        {
            "event": each,
            "rule": conduct_words.rule_name(each.rule),
            "booking": dates.get(each.date_id or 0),
            "after": after.get(each.id),
            "is_excused": each.id in excused,
            "by": names.get(each.by_id or 0, ""),
        }
        for each in sorted(events, key=lambda each: (each.at, each.id), reverse=True)
    ]


def _words() -> dict[str, Any]:
    return {"words": conduct_words, "moment_text": moment_text, "span_text": span_text}


@web.post("/account/credit/<id:restriction_id>/appeal")
@gate.needs("restriction.appeal")
def appeal_against_restriction(restriction_id: int) -> Response | tuple[str, int]:
    """Say why a restriction is not right."""
    who, now, version = actor(), clock.now(), shown_version()
    words = cleaned(request.form.get("words", ""), 1000)
    reasons, status = attempt(lambda: conduct.appeal(who, restriction_id, version, words=words, now=now))
    if status == 404:
        or_404(None)
    if reasons:
        return _show_mine(reasons, status, words)
    return _went(
        gettext("Your appeal is with the people in charge. Somebody else than who decided it answers."),
        "/account/credit",
    )


def _went(said: str, onward: str) -> Response:
    flash(said, "done")
    return redirect(onward, 303)


# ── for those who decide ──


@web.get("/credit")
@gate.needs("conduct.see")
def restrictions() -> Response | tuple[str, int]:
    """Restrictions and proposals in sight; what waits for somebody first."""
    who, now = actor(), clock.now()
    within = scope(who, "conduct.see")
    standing = asked_word("state", STANDINGS)
    text = asked_word("text")

    def fetch(limit: int, offset: int) -> list[Line]:
        ids = store.restriction_ids(within, standing, now, limit, offset, text=text)
        found = {each.id: each for each in credit_store.restrictions(ids=ids)} if ids else {}
        return lines([found[each] for each in ids if each in found], now)

    if chosen := exports.wanted():
        return exports.as_file(chosen, gettext("Restrictions"), _head(), map(_row, fetch(MOST_EXPORTED, 0)))
    shown = listed(store.count_restrictions(within, standing, now, text=text), fetch)
    return page(
        "usage/restrictions.html",
        shown=shown,
        standing=standing,
        standings=[(each, conduct_words.standing_name(each)) for each in STANDINGS],
        text=text,
        **_words(),
    )


def _head() -> list[str]:
    return [
        gettext("Person"),
        gettext("Where"),
        gettext("State"),
        gettext("Proposed at"),
        gettext("Decision by"),
        gettext("From"),
        gettext("Lasts until"),
        gettext("Reason"),
        gettext("Appeal"),
        gettext("Answer given"),
    ]


def _row(line: Line) -> list[exports.Cell]:
    held, appealed = line.held, line.held.appeal
    return [
        line.person,
        line.where,
        conduct_words.standing_name(line.standing),
        held.proposed_at,
        line.decider if held.decided_at else "",
        held.from_at,
        held.until_at,
        held.why,
        appealed.words if appealed else "",
        appealed.answer if appealed else "",
    ]


@web.get("/credit/<id:restriction_id>")
@gate.needs("conduct.see")
def restriction(restriction_id: int) -> tuple[str, int]:
    """One restriction: the events it rests on, what was said, and what can be decided."""
    return _show_one(restriction_id, [], 200)


def _show_one(restriction_id: int, reasons: Sequence[str], status: int) -> tuple[str, int]:
    who, now = actor(), clock.now()
    held, decides = restricting.look(who, restriction_id, now=now)
    values = settings_now()
    terms = terms_of(values)
    events = credit_store.events_of([held.person_id])
    (line,) = lines([held], now)
    return page(
        "usage/restriction.html",
        status,
        line=line,
        held=held,
        events=event_lines(_of(events, held), terms),
        score=rules.score(events, terms),
        decides=decides,
        answers=decides and held.decided_by != who.person_id,
        days=values["restriction.days"],
        within=values["restriction.within_days"],
        is_on=held.is_in_force(now),
        said={name: cleaned(request.form.get(name, ""), 1000) for name in ("why", "words")},
        reasons=reasons,
        **_words(),
    )


def _decided(restriction_id: int, do: Callable[[], Any], said: str) -> Response | tuple[str, int]:
    reasons, status = attempt(do)
    if status == 404:
        or_404(None)
    return _show_one(restriction_id, reasons, status) if reasons else _went(said, f"/credit/{restriction_id}")


@web.post("/credit/<id:restriction_id>/confirm")
@gate.needs("restriction.decide")
def confirm_restriction(restriction_id: int) -> Response | tuple[str, int]:
    who, now, version = actor(), clock.now(), shown_version()
    days, why = _days(), cleaned(request.form.get("why", ""), 1000)
    return _decided(
        restriction_id,
        lambda: restricting.confirm(who, restriction_id, version, days=days, why=why, now=now),
        gettext("It is in force. She is told, with the reason and how to object."),
    )


@web.post("/credit/<id:restriction_id>/dismiss")
@gate.needs("restriction.decide")
def dismiss_restriction(restriction_id: int) -> Response | tuple[str, int]:
    who, now, version, why = actor(), clock.now(), shown_version(), cleaned(request.form.get("why", ""), 1000)
    return _decided(
        restriction_id,
        lambda: restricting.dismiss(who, restriction_id, version, why=why, now=now),
        gettext("The proposal is not followed."),
    )


@web.post("/credit/<id:restriction_id>/lift")
@gate.needs("restriction.decide")
def lift_restriction(restriction_id: int) -> Response | tuple[str, int]:
    who, now, version, why = actor(), clock.now(), shown_version(), cleaned(request.form.get("why", ""), 1000)
    return _decided(
        restriction_id,
        lambda: restricting.lift(who, restriction_id, version, why=why, now=now),
        gettext("The restriction is lifted."),
    )


@web.post("/credit/<id:restriction_id>/answer")
@gate.needs("restriction.decide")
def answer_restriction(restriction_id: int) -> Response | tuple[str, int]:
    who, now, version, words = actor(), clock.now(), shown_version(), cleaned(request.form.get("words", ""), 1000)
    lifts = request.form.get("lifts") == "yes"
    return _decided(
        restriction_id,
        lambda: restricting.answer(who, restriction_id, version, words=words, lifts=lifts, now=now),
        gettext("The appeal is answered."),
    )


def _days() -> int | None:
    """Nothing where nothing is said; 0, which is no length, where it cannot be read."""
    text = request.form.get("days", "").strip()
    return (id_from_text(text) or 0) if text else None


@web.get("/credit/new")
@gate.needs("restriction.decide")
def new_restriction() -> tuple[str, int]:
    """To restrict somebody by hand: whom, where, for how long, why."""
    return _show_new([], 200)


def _show_new(reasons: Sequence[str], status: int) -> tuple[str, int]:
    who, now = actor(), clock.now()
    said = {name: cleaned(request.values.get(name, ""), 1000) for name in ("email", "place", "days", "why")}
    said["days"] = said["days"] or str(settings_now()["restriction.days"])
    within = scope(who, "restriction.decide")
    places = [
        (f"base-{each[0]}", each[2] if each[2] and chosen_locale() == "en" else each[1]) for each in store.bases(within)
    ]
    if may(who, "restriction.decide", restricting.place_of("member", who.member_id, 0, None, now)):
        places.insert(0, (f"member-{who.member_id}", gettext("All that our organisation owns or keeps")))
    if within.everything:
        places.insert(0, ("all", conduct_words.scope_name("all")))
    return page("usage/new_restriction.html", status, places=places, said=said, reasons=reasons)


@web.post("/credit/new")
@gate.needs("restriction.decide")
def impose_restriction() -> Response | tuple[str, int]:
    who, now = actor(), clock.now()
    kind, _, number = request.form.get("place", "").partition("-")
    scope_id = id_from_text(number) if kind != "all" else None
    days, why = _days(), cleaned(request.form.get("why", ""), 1000)
    person_id = people.person_id_of(cleaned(request.form.get("email", ""), 200)) or 0
    reasons, status = attempt(
        lambda: restricting.impose(
            who, person_id, kind if kind in SCOPES else "", scope_id, days=days, why=why, now=now
        )
    )
    if reasons:
        return _show_new(reasons, status)
    return _went(gettext("It is in force. She is told, with the reason and how to object."), "/credit")
