"""Home: today as each office needs it; signed out, the way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext

from app.booking.actions import listing
from app.booking.rules.listing import UPCOMING, Filters
from app.booking.store import outlook
from app.booking.store.listing import placed_units
from app.booking.store.outlook import DayDate
from app.catalogue.store import belongings
from app.consortium.rules.permission import may_enter
from app.consortium.rules.scope import Scope, scope
from app.consortium.store import members as members_store
from app.consortium.store import offices
from app.consortium.store import people as people_store
from app.consortium.store.people import Wanted
from app.entrypoints import clock, gate
from app.entrypoints.formats import clock_text, day_text, named, short_day_text, slot_text
from app.entrypoints.web.blueprint import actor, page, web
from app.foundation.timespan import day_span, local_day, monday_of, week_span
from app.outbox.store import deliveries as outbox
from app.timetable.store import terms as timetable
from app.trail import store as trail
from app.trail.store import Wanted as WantedDeeds

SHOWN_TODAY = 40
SHOWN_NEXT = 6
BARS = 12


@web.get("/")
@gate.public
def home() -> tuple[str, int]:
    """Today, for whoever holds an office; for everybody else, what this is and how to come in."""
    who = actor()
    if not who.appointments:
        return page(
            "home/welcome.html", things=belongings.count_things(public_only=True), is_signed_in=who.is_signed_in
        )
    now, today = clock.now(), clock.today()
    terms = timetable.terms()
    told: dict[str, Any] = {
        "today": day_text(today, terms, who.member_id),
        "may_book": may_enter(who, "booking.request"),
        "named": named,
        "clock_text": clock_text,
        "slot_text": slot_text,
    }
    mine = Scope(holder_id=who.person_id)
    told["mine_today"] = _with_units(outlook.day_dates(mine, day_span(today), SHOWN_TODAY))
    coming = listing.listed(who, listing.MINE, Filters(when=UPCOMING), now, size=SHOWN_NEXT)
    told["coming"], told["coming_total"] = coming.lines, coming.total
    if may_enter(who, "inbox.see"):
        told["waiting"] = listing.waiting_count(who)
        seen = scope(who, "booking.approve")
        told["board"] = _with_units(outlook.day_dates(seen, day_span(today), SHOWN_TODAY))
    if may_enter(who, "figures.see") or not told["may_book"]:
        told |= _figures(week_of=today, of_members=may_enter(who, "figures.see"))
    if may_enter(who, "outbox.read"):
        told["care"] = _care(who_sees=scope(who, "person.see"))
    elif may_enter(who, "trail.read"):
        told["entries"] = trail.count(WantedDeeds())
    return page("home/today.html", **told)


def _with_units(dates: Sequence[DayDate]) -> list[tuple[DayDate, str, str]]:
    """Each date with what it takes and where that is."""
    placed = placed_units([each.date_id for each in dates])
    told = []
    for each in dates:
        units = placed.get(each.booking_id, ())
        names = [f"{named(unit)} ×{unit.quantity}" if unit.quantity > 1 else named(unit) for unit in units]
        labs = list(dict.fromkeys(named(unit.lab) for unit in units if named(unit.lab) not in names))
        told.append((each, gettext(", ").join(names), gettext(", ").join(labs)))
    return told


def _figures(week_of: Any, of_members: bool) -> dict[str, Any]:
    """The catalogue and this week's use in numbers."""
    monday = monday_of(week_of)
    week = week_span(monday)
    confirmed, waiting = outlook.dates_in(week)
    told: dict[str, Any] = {
        "week": f"{short_day_text(monday)}–{short_day_text(local_day(week.end - (week.end - week.start) / 7))}",
        "things": belongings.count_things(),
        "dates_in_week": confirmed,
        "waiting_in_week": waiting,
        "by_base": [(named(each), each.dates) for each in outlook.by_base(week)[:BARS]],
    }
    if of_members:
        told["members"] = len(members_store.current(week_of))
        told["by_member"] = [(named(each), each.dates) for each in outlook.by_member(week)[:BARS]]
    return told


def _care(who_sees: Scope) -> dict[str, int]:
    """What wants an administrator's eye."""
    today = clock.today()
    return {
        "unsent": outbox.count_unsent(),
        "invited": people_store.count(who_sees, Wanted(state="invited"), today),
        "no_office": people_store.count(who_sees, Wanted(state="no_office"), today),
        "people": sum(offices.counts_by_member(today).values()),
        "entries": trail.count(WantedDeeds()),
    }
