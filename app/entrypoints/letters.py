"""Letters: the one place where a message becomes words, for its notice, its mail, the digest and group robots.

What a message says of a booking is decided by what its reader may see at that moment, never by what was posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from flask_babel import gettext, ngettext
from jinja2 import Template, TemplateNotFound

from app.booking.actions import feeds
from app.booking.rules.course import CANCELLED, REFUSED, WAITING
from app.booking.rules.feed import Occurrence, Place, Shown
from app.booking.store import mentioned as mentions
from app.booking.store import told
from app.booking.store.mentioned import Mentioned
from app.consortium.rules.office import Actor
from app.consortium.rules.scope import scope
from app.consortium.store import entry as entry_store
from app.entrypoints.formats import moment_text, named, span_text
from app.entrypoints.wording import displacing as displacing_words
from app.entrypoints.wording.booking import purpose_name
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, local_day
from app.outbox.rules.letter import DIGEST, HANDED_OVER, Kept

OTHER = "outbox/mail/other.txt"
DATES_NAMED = 6
"""A series is told by its first dates and how many more there are."""
ASKS = ("booking/to_decide", "booking/escalated")
"""Messages that ask for an answer: a list, or a digest in the evening, says where none is waited for any more."""

_EVER = datetime.min.replace(tzinfo=UTC)

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A message in words. `what` names nobody and nothing private: it is what a robot may say in a group."""

    what: str
    opening: str
    title: str = ""
    facts: Facts = ()
    path: str = ""
    entries: tuple[Said, ...] = field(default=())

    @property
    def subject(self) -> str:
        return gettext("%(what)s: %(title)s", what=self.what, title=self.title) if self.title else self.what


def reader(person_id: int, now: datetime) -> Actor | None:
    """A person with every office she holds today: what she may see, whomever she acts for. None when closed."""
    present = entry_store.presence_of(person_id, None, local_day(now))
    if present is None:
        return None
    return Actor(person_id, present.name, present.actor.member_id, present.appointments, on=present.on)


def bases_of(messages: Sequence[Kept]) -> dict[int, frozenset[int]]:
    """Which bases each message concerns, by the message's id."""
    found = mentions.base_ids({message.booking_id for message in messages if message.booking_id})
    return {
        message.id: found.get(message.booking_id or 0)
        or (frozenset({message.facts["base"]}) if "base" in message.facts else frozenset())
        for message in messages
    }


def in_short(messages: Sequence[Kept], actor: Actor) -> list[Said]:
    """Each message as a line of a list, with the title and first date where the reader may see them; one statement."""
    ids = {message.booking_id for message in messages if message.booking_id}
    seen = mentions.mentioned(ids, scope(actor, "booking.see"))
    return [_line(message, seen.get(message.booking_id or 0)) for message in messages]


def in_full(message: Kept, actor: Actor | None, now: datetime) -> tuple[Said, list[Shown]]:
    """A message with everything its reader may know, and the dates it tells of, each as a calendar would show it."""
    shown = _shown(message, actor, now)
    said = _said(message, shown[0].occurrence.title if shown else "")
    if shown:
        said = replace(said, facts=(*_facts(shown, message.person_id), *said.facts))
    return said, shown


def given_away(message: Kept, now: datetime) -> list[Occurrence]:
    """The dates that were its reader's until she handed the booking over: her calendar lets go of them."""
    if message.template != HANDED_OVER or message.booking_id is None:
        return []
    dates, _ = feeds.dates_of(message.booking_id, now)
    return [date for date in dates if message.person_id not in (date.holder_id, date.requester_id)]


def for_group(message: Kept, now: datetime) -> Said:
    """A message for a group chat, whose readers nobody knows: when and where, never who or what for."""
    said = replace(_said(message, ""), facts=())
    if message.booking_id is None:
        return said
    dates, units = feeds.dates_of(message.booking_id, now)
    places = told.places({unit_id for wanted in units.values() for unit_id, _ in wanted}, on=None)
    spans = [Span(date.start, date.end) for date in dates if not _is_gone(date.state)] or [
        Span(date.start, date.end) for date in dates
    ]
    wanted = [(places[unit_id], quantity) for unit_id, quantity in units.get(dates[0].date_id, ())] if dates else []
    return replace(said, facts=(*_when(spans), *_where(wanted)))


def digest(message: Kept, gathered: Sequence[Kept], actor: Actor | None) -> Said:
    """A day's messages in one."""
    entries = tuple(in_short(gathered, actor)) if actor else tuple(_line(each, None) for each in gathered)
    return replace(_said(message, "", n=len(entries)), entries=entries, path="/notices")


def title_of(template: str) -> str:
    """What messages of this template are about, naming nobody."""
    return (
        _said(Kept(0, "", 0, template, "", {}, _EVER), "", n=0).what if template != DIGEST else gettext("Daily digest")
    )


def _shown(message: Kept, actor: Actor | None, now: datetime) -> list[Shown]:
    if message.booking_id is None or actor is None:
        return []
    try:
        return feeds.booking_content(actor, message.booking_id, now)
    except Refused:
        return []  # out of her sight by now: she learns what happened, not to what


def _line(message: Kept, thing: Mentioned | None) -> Said:
    said = _said(message, thing.title if thing else "")
    if thing is None:
        return said
    when = span_text(thing.first)
    if thing.dates > 1:
        when = gettext("%(first)s and %(n)s more", first=when, n=thing.dates - 1)
    is_answered = message.template in ASKS and not thing.waits
    state = ((gettext("State"), gettext("It has been answered, or is no longer asked for.")),) if is_answered else ()
    return replace(said, facts=((gettext("When"), when), *state, *said.facts))


def _said(message: Kept, title: str, **values: Any) -> Said:
    """The words of a message's own template: its blocks `what` and `opening`."""
    area, _, name = message.template.partition("/")
    try:
        template = current_app.jinja_env.get_template(f"{area}/mail/{name}.txt")
    except TemplateNotFound:
        template = current_app.jinja_env.get_template(OTHER)
    unit = named(_Name(message.facts.get("unit_zh", ""), message.facts.get("unit_en", "")))
    until = message.facts.get("until")
    title = title or unit
    known = {
        "facts": message.facts,
        "title": title,
        "unit": unit,
        "until": moment_text(datetime.fromisoformat(until)) if until else "",
        "by_oneself": message.facts.get("by") == message.person_id,
        **values,
    }
    note = message.facts.get("note")
    return Said(
        what=_block(template, "what", known),
        opening=_block(template, "opening", known),
        title=title,
        facts=(*(((gettext("Reason given"), str(note)),) if note else ()), *displacing_words.told(message.facts)),
        path=_block(template, "path", known) if "path" in template.blocks else _path(message),
    )


def _path(message: Kept) -> str:
    """Where what it tells of stands, or where it is answered."""
    if message.booking_id is None:
        return f"/faults/{message.facts['fault']}" if "fault" in message.facts else ""
    return f"/bookings/{message.booking_id}" + ("/instead" if message.template == "fault/yours_is_hit" else "")


def _block(template: Template, name: str, values: Mapping[str, Any]) -> str:
    words = "".join(template.blocks[name](template.new_context(dict(values))))
    return " ".join(words.split())


def _facts(shown: Sequence[Shown], person_id: int) -> Facts:
    first = shown[0]
    one, fields = first.occurrence, first.fields
    open_dates = [each for each in shown if not _is_gone(each.occurrence.state)]
    told_of = open_dates or list(shown)
    facts = [
        *_when([Span(each.occurrence.start, each.occurrence.end) for each in told_of]),
        *_where(first.places),
    ]
    if "people" in fields and one.holder_id != person_id:
        facts.append((gettext("Booked for"), one.holder_name))
    if "purpose" in fields:
        facts.append((gettext("Purpose"), purpose_name(one.purpose)))
    if any(each.occurrence.state == WAITING for each in told_of):
        facts.append((gettext("State"), gettext("Awaiting approval")))
    elif not open_dates:
        facts.append((gettext("State"), gettext("Refused") if one.state == REFUSED else gettext("Cancelled")))
    return tuple(facts)


def _when(spans: Sequence[Span]) -> Facts:
    words = [span_text(span) for span in sorted(spans, key=lambda span: span.start)]
    if len(words) > DATES_NAMED:
        left = len(words) - DATES_NAMED
        words = [*words[:DATES_NAMED], ngettext("and %(num)s more", "and %(num)s more", left)]
    return ((gettext("When"), "\n".join(words)),) if words else ()


def _where(places: Sequence[tuple[Place, int]]) -> Facts:
    units = [f"{named(_Name(place.name_zh, place.name_en))}{f' ×{n}' if n > 1 else ''}" for place, n in places]
    sites = [
        " · ".join(
            part
            for part in (
                named(_Name(place.lab_zh, place.lab_en)),
                place.where,
                named(_Name(place.base_zh, place.base_en)),
            )
            if part
        )
        for place, _ in places
    ]
    if not units:
        return ()
    return ((gettext("Unit"), gettext(", ").join(units)), (gettext("Place"), "\n".join(dict.fromkeys(sites))))


@dataclass(frozen=True, slots=True)
class _Name:
    name_zh: str
    name_en: str


def _is_gone(state: str) -> bool:
    return state in (CANCELLED, REFUSED)
