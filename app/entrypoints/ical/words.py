"""What a calendar entry says, in its reader's language: from what is shown of a booking to one event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flask_babel import force_locale, gettext

from app.booking.rules.course import WAITING
from app.booking.rules.feed import STATUS, Occurrence, Place, Shown, ShownClosed
from app.entrypoints.ical.writer import Event
from app.entrypoints.wording.booking import purpose_name
from app.entrypoints.wording.language import LOCALES

CANCELLED_STATUS = "CANCELLED"

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Characters that no calendar may carry."""


class Words:
    """The words of one calendar, fetched once: there may be thousands of entries."""

    def __init__(self, locale: str, address: str, with_units: bool) -> None:
        """`address` begins every link; `with_units` names the unit beside the title, where a calendar has several."""
        self._address = address
        self._with_units = with_units
        self._locale = LOCALES.get(locale, "zh")
        self._chinese = self._locale == "zh"
        self._purposes: dict[str, str] = {}
        self._places: dict[tuple[tuple[Place, int], ...], tuple[str, str]] = {}
        with force_locale(self._locale):
            self._taken = gettext("Taken")
            self._closed = {"closure": gettext("Closed"), "maintenance": gettext("Maintenance")}
            self._waiting = gettext("Awaiting approval: %(what)s", what="\0")
            self._cancelled = gettext("Cancelled: %(what)s", what="\0")
            self._for = gettext("For: %(who)s, %(member)s", who="\0", member="\1")
            self._purpose = gettext("Purpose: %(purpose)s", purpose="\0")
            self._headcount = gettext("People: %(n)s", n="\0")
            self._periods = gettext("Class periods: %(periods)s", periods="\0")
            self._units = gettext("Units: %(units)s", units="\0")
            self._product = gettext("Gongfang")

    def events(self, entries: Iterable[Shown | ShownClosed]) -> Iterator[Event]:
        return (self.closed(entry) if isinstance(entry, ShownClosed) else self.event(entry) for entry in entries)

    def closed(self, entry: ShownClosed) -> Event:
        """A closure as an event: the place is closed then, whoever reads it."""
        one = entry.closed
        units, location = self._named(entry.places)
        summary = self._closed[one.kind]
        if entry.with_reason and one.reason:
            summary = f"{summary}: {one.reason}"
        if self._with_units and units:
            summary = f"{summary} · {units}"
        if one.is_taken_back:
            summary = self._cancelled.replace("\0", summary)
        return Event(
            uid=f"{one.uid}@gongfang",
            start=one.start,
            end=one.ends_at,
            stamp=one.changed_at,
            sequence=one.sequence,
            status=CANCELLED_STATUS if one.is_taken_back else "CONFIRMED",
            summary=plain(" ".join(summary.split())),
            location=location,
            description="",
            organizer=self._product,
            url="",
        )

    def event(self, entry: Shown) -> Event:
        """One entry as an event; only fields the reader may see are looked at."""
        one, fields = entry.occurrence, entry.fields
        units, location = self._named(entry.places)
        status = STATUS[one.state]
        open_to_her = "title" in fields
        summary = one.title if open_to_her else self._taken
        if self._with_units and units:
            summary = f"{summary} · {units}"
        if status == CANCELLED_STATUS:
            summary = self._cancelled.replace("\0", summary)
        elif one.state == WAITING:
            summary = self._waiting.replace("\0", summary)
        return Event(
            uid=f"{one.uid}-{one.date_id}@gongfang",
            start=one.start,
            end=one.end,
            stamp=one.changed_at,
            sequence=one.sequence,
            status=status,
            summary=plain(summary),
            location=location,
            description=plain(self._told(entry, units)) if open_to_her else "",
            organizer=plain(one.holder_name) if "people" in fields else self._product,
            url=f"{self._address}/bookings/{one.booking_id}" if "note" in fields else "",
        )

    def given_away(self, one: Occurrence) -> Event:
        """What was hers and is somebody else's now: gone from her calendar, with nothing of what it says by now."""
        return Event(
            uid=f"{one.uid}-{one.date_id}@gongfang",
            start=one.start,
            end=one.end,
            stamp=one.changed_at,
            sequence=one.sequence,
            status=CANCELLED_STATUS,
            summary=self._cancelled.replace("\0", self._taken),
            location="",
            description="",
            organizer=self._product,
            url="",
        )

    def _told(self, entry: Shown, units: str) -> str:
        one, fields = entry.occurrence, entry.fields
        lines = []
        if "people" in fields:
            member = one.member_zh if self._chinese or not one.member_en else one.member_en
            lines.append(self._for.replace("\0", one.holder_name).replace("\1", member))
        if "purpose" in fields:
            lines.append(
                self._purpose.replace("\0", self._purposes.get(one.purpose) or self._named_purpose(one.purpose))
            )
        if "headcount" in fields and one.headcount:
            lines.append(self._headcount.replace("\0", str(one.headcount)))
        if one.periods:
            lines.append(self._periods.replace("\0", one.periods))
        if units:
            lines.append(self._units.replace("\0", units))
        if "note" in fields and one.note:
            lines.append(one.note)
        return "\n".join(lines)

    def _named(self, places: tuple[tuple[Place, int], ...]) -> tuple[str, str]:
        """The units by name, and where they stand; the same few come again and again."""
        found = self._places.get(places)
        if found is None:
            units = [
                f"{self._in_language(place.name_zh, place.name_en)}{f' ×{quantity}' if quantity > 1 else ''}"
                for place, quantity in places
            ]
            sites = dict.fromkeys(
                " · ".join(
                    part
                    for part in (
                        self._in_language(place.lab_zh, place.lab_en),
                        place.where,
                        self._in_language(place.base_zh, place.base_en),
                    )
                    if part
                )
                for place, _ in places
            )
            found = self._places[places] = (plain(", ".join(units)), plain("; ".join(sites)))
        return found

    def _named_purpose(self, code: str) -> str:
        with force_locale(self._locale):
            found = self._purposes[code] = purpose_name(code)
        return found

    def _in_language(self, name_zh: str, name_en: str) -> str:
        return name_zh if self._chinese or not name_en else name_en


def plain(text: str) -> str:
    """Without control characters."""
    return CONTROLS.sub("", text)
