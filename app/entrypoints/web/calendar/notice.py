"""What a page that counts on the calendar must say of it: years whose holidays nobody knows here, a December still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from app.consortium.rules.permission import may
from app.entrypoints import gate
from app.timetable.rules.days import Days


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence about the calendar. `kind` as `parts/page.html` knows them; `url` where one can do something about it."""

    kind: str
    text: str
    url: str = ""
    action: str = ""


def notices(days: Days, first: date, last: date) -> list[Notice]:
    """What must be said on a page about the days `first` to `last`: loudly of unknown years, mildly of an open December.

    Templates show them with `calendar_notice` of `parts/calendar_notice.html`.
    """
    found = [
        _with_way(
            year,
            "problem",
            gettext(
                "The holidays of %(year)s are not known here yet. Until they are, every Monday to Friday of it counts "
                "as an ordinary day and no make-up day is known: check dates in %(year)s by hand.",
                year=year,
            ),
        )
        for year in days.unknown_years(first, last)
    ]
    coming = days.open_december(first, last)
    if coming is not None and coming not in days.unknown_years(first, last):
        found.append(
            _with_way(
                coming,
                "note",
                gettext(
                    "The holiday notice for %(year)s is not here yet; it may still change days in December %(before)s.",
                    year=coming,
                    before=coming - 1,
                ),
            )
        )
    return found


def _with_way(year: int, kind: str, text: str) -> Notice:
    if not may(gate.actor(), "holiday.change"):
        return Notice(kind, text)
    return Notice(kind, text, f"/admin/holidays?year={year}", gettext("Enter the holidays of %(year)s", year=year))
