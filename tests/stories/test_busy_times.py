"""Stories: a keeper and a teacher bring calendar files in; nothing silent, nothing twice, nothing of theirs lost."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.booking.tables.bookings import Booking, BookingDate
from app.booking.tables.imports import Import, ImportItem
from app.database import session
from app.entrypoints.icsfiles.bounds import MOST_BYTES
from app.foundation.timespan import ZONE
from app.outbox.tables import Message
from app.timetable.tables import Closure
from app.trail.tables import Entry as TrailEntry
from tests.stories.workshop import dates_of, reading, statements, version_of

NAME = "Maintenance plan"


def ics(*events: str, head: str = "") -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *([head] if head else []), *events,
                        "END:VCALENDAR", ""])  # fmt: skip


def event(uid: str, day: date, at: str = "0800-0940", *more: str, title: str = "Service of the lathes") -> str:
    start, end = at.split("-")
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART;TZID=Asia/Shanghai:{day:%Y%m%d}T{start}00",
                        f"DTEND;TZID=Asia/Shanghai:{day:%Y%m%d}T{end}00", f"SUMMARY:{title}", *more,
                        "END:VEVENT"])  # fmt: skip


def whole_day(uid: str, day: date, *more: str) -> str:
    return "\r\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART;VALUE=DATE:{day:%Y%m%d}", "SUMMARY:Away", *more, "END:VEVENT"]
    )


class Bringing:
    """Somebody who brings calendar files to one place."""

    def __init__(self, who, what: str, kind: str, name: str = NAME) -> None:
        self.who, self.what, self.kind, self.name = who, what, kind, name
        self.path = ""

    def brings(self, content: str | bytes, **fields):
        raw = content.encode() if isinstance(content, str) else content
        answer = self.who.sends(
            "/imports/calendar",
            {"what": self.what, "kind": self.kind, "purpose": "teaching", "name": self.name, "until_on": "",
             "file": (io.BytesIO(raw), "calendar.ics")} | fields,
        )  # fmt: skip
        self.path = answer.location
        return self.sees() if answer.status == 303 else answer

    def sees(self):
        return self.who.opens(self.path)

    def figures(self) -> tuple[int, ...]:
        """New, changed, gone, unchanged, clashes, not readable."""
        text = self.sees().text
        part = text[text.index('class="figures"') :]
        return tuple(int(number) for number in re.findall(r"<li><b>(\d+)</b>", part[: part.index("</ul>")]))

    def applies(self):
        answer = self.who.sends(f"{self.path}/apply", {"version": self.sees().value("version")})
        assert answer.status == 303, answer.words[:400]
        return self.sees()

    def brings_and_applies(self, content: str | bytes):
        self.brings(content)
        return self.applies()


def closures(open_only: bool = True) -> list[tuple[str, str, str]]:
    """Day, hours and reason of each closure that stands."""
    with reading():
        rows = session().execute(
            select(Closure.starts_at, Closure.ends_at, Closure.reason, Closure.lifted_at).order_by(Closure.starts_at)
        )
        return [
            (f"{row[0].astimezone(ZONE):%Y-%m-%d}",
             f"{row[0].astimezone(ZONE):%H:%M}-{row[1].astimezone(ZONE):%H:%M}", row[2])
            for row in rows if row[3] is None or not open_only
        ]  # fmt: skip


def booked() -> list[tuple[str, str, str, str]]:
    """Title, day, hours and state of each booking's dates."""
    with reading():
        rows = list(session().execute(select(Booking.id, Booking.title).order_by(Booking.id)))
    return [(title, *each[1:]) for booking_id, title in rows for each in dates_of(booking_id)]


def trail_rows() -> int:
    with reading():
        return session().scalar(select(func.count()).select_from(TrailEntry)) or 0


@pytest.fixture
def plan(workshop) -> Bringing:
    """The keeper's maintenance plan of the turning lab."""
    return Bringing(workshop.keeper, f"lab-{workshop.lab}", "maintenance")


@pytest.fixture
def diary(workshop) -> Bringing:
    """The teacher's diary, in which she has a lathe."""
    return Bringing(workshop.teacher, f"unit-{workshop.lathe}", "booking", "My lessons")


# ── closures ──


def test_the_keeper_brings_a_plan_and_the_lab_is_closed_then(workshop, plan):
    day = workshop.day(3, 2)
    seen = plan.brings(ics(event("a", day), whole_day("b", day + timedelta(days=1))))
    assert "Service of the lathes" in seen.words
    assert closures() == []
    plan.applies()
    assert closures() == [(f"{day}", "08:00-09:40", NAME), (f"{day + timedelta(days=1)}", "00:00-00:00", NAME)]
    refused = workshop.teacher.asks_for(workshop.lathe, on=day, at="09:00-10:00")
    assert refused.status == 409
    assert "maintenance" in refused.words


def test_the_same_file_twice_changes_nothing(workshop, plan):
    file = ics(event("a", workshop.day(3, 2)), event("b", workshop.day(3, 3), "0800-0900", "RRULE:FREQ=WEEKLY;COUNT=5"))
    plan.brings_and_applies(file)
    before, rows = closures(), trail_rows()
    assert len(before) == 6
    seen = plan.brings(file)
    assert "nothing to do" in seen.words
    assert closures() == before
    assert trail_rows() == rows + 1  # the upload itself


def test_a_newer_file_moves_adds_removes_and_keeps(workshop, plan):
    days = [workshop.day(3, weekday) for weekday in (1, 2, 3, 4)]
    plan.brings_and_applies(ics(event("stays", days[0]), event("moves", days[1]), event("goes", days[2])))
    rows = trail_rows()
    seen = plan.brings(ics(event("stays", days[0]), event("moves", days[1], "1400-1540"), event("comes", days[3])))
    assert plan.figures()[:4] == (1, 1, 1, 1), seen.words[:600]
    plan.applies()
    assert closures() == [
        (f"{days[0]}", "08:00-09:40", NAME),
        (f"{days[1]}", "14:00-15:40", NAME),
        (f"{days[3]}", "08:00-09:40", NAME),
    ]
    assert trail_rows() == rows + 1 + 4  # the upload; one lifted; one lifted and closed anew; one closed


def test_a_cancelled_event_is_lifted(workshop, plan):
    day = workshop.day(3, 2)
    plan.brings_and_applies(ics(event("a", day)))
    seen = plan.brings(ics(event("a", day, "0800-0940", "STATUS:CANCELLED", "SEQUENCE:1")))
    assert "1 cancelled in the file" in seen.words
    plan.applies()
    assert closures() == []


def test_what_was_taken_back_may_come_again(workshop, plan):
    file = ics(event("a", workshop.day(3, 2)), event("b", workshop.day(3, 3)))
    plan.brings_and_applies(file)
    plan.brings_and_applies(ics(event("b", workshop.day(3, 3))))
    plan.brings_and_applies(file)
    assert len(closures()) == 2


def test_a_closure_lifted_by_hand_is_reported_and_stays_lifted(workshop, plan):
    day = workshop.day(3, 2)
    plan.brings_and_applies(ics(event("a", day)))
    with reading():
        closure_id = session().scalar(select(Closure.id))
    workshop.keeper.sends(f"/bases/{workshop.base}/closures/{closure_id}/lift", {})
    for at in ("0800-0940", "1000-1140"):
        seen = plan.brings(ics(event("a", day, at)))
        assert "Changed by hand here" in seen.words
        assert "nothing to do" in seen.words
    assert closures() == []


def test_two_calendars_of_one_lab_leave_each_other_alone(workshop, plan):
    plan.brings_and_applies(ics(event("a", workshop.day(3, 2))))
    other = Bringing(workshop.keeper, plan.what, "closure", "Building work")
    other.brings_and_applies(ics(event("x", workshop.day(4, 2))))
    assert [reason for *_, reason in closures()] == [NAME, "Building work"]


def test_a_clash_is_listed_with_its_row_left_out_and_the_rest_taken_in(workshop, plan):
    day = workshop.day(3, 2)
    assert workshop.teacher.asks_for(workshop.lathe, on=day, at="09:00-10:00").was_booked
    seen = plan.brings(ics(event("a", day), event("b", workshop.day(3, 4))))
    assert plan.figures() == (1, 0, 0, 0, 1, 0)
    assert "Lathe 1 is already taken" in seen.words or "Turning lab is already taken" in seen.words
    plan.applies()
    assert closures() == [(f"{workshop.day(3, 4)}", "08:00-09:40", NAME)]


def test_entries_that_run_into_each_other_the_first_has_the_place(workshop, plan):
    day = workshop.day(3, 2)
    plan.brings(ics(event("a", day), event("b", day, "0900-1000")))
    assert plan.figures() == (1, 0, 0, 0, 1, 0)


def test_nobody_reads_a_closures_title(workshop, plan):
    day = workshop.day(3, 2)
    plan.brings_and_applies(ics(event("a", day, title="canary-private-appointment")))
    with reading():
        kept = [
            *session().scalars(select(Closure.reason)),
            *session().scalars(select(ImportItem.facts)),
            *session().scalars(select(ImportItem.outcome)),
            *session().scalars(select(TrailEntry.after)),
        ]
        assert session().scalars(select(Import.content)).all() == [b""]
    assert not any("canary" in str(each) for each in kept)


def test_a_booker_cannot_close(workshop):
    answer = Bringing(workshop.teacher, f"lab-{workshop.lab}", "closure").brings(ics(event("a", workshop.day(3, 2))))
    assert answer.status == 403
    assert "not allowed" in answer.words


# ── bookings ──


def test_a_teacher_brings_her_diary_and_the_lathe_is_hers_then(workshop, diary):
    day = workshop.day(3, 2)
    diary.brings_and_applies(ics(event("a", day, "0800-0940", "RRULE:FREQ=WEEKLY;COUNT=3", title="Turning 2")))
    assert booked() == [
        ("Turning 2", f"{day + timedelta(weeks=week)}", "08:00-09:40", "confirmed") for week in range(3)
    ]
    with reading():
        assert {*session().execute(select(Booking.origin, Booking.member_id, Booking.holder_id))} == {
            ("calendar", workshop.college, workshop.teacher.id)
        }
        assert session().scalar(select(func.count()).select_from(Message)) == 0


def test_bookings_move_go_and_stay_by_their_uid(workshop, diary):
    days = [workshop.day(3, weekday) for weekday in (1, 2, 3)]
    diary.brings_and_applies(ics(event("stays", days[0]), event("moves", days[1]), event("goes", days[2])))
    with reading():
        ids = list(session().scalars(select(Booking.id).order_by(Booking.id)))
    rows = trail_rows()
    diary.brings_and_applies(ics(event("stays", days[0]), event("moves", days[1], "1400-1540", title="Other title")))
    assert [(version_of(each), dates_of(each)[0][2:]) for each in ids] == [
        (1, ("08:00-09:40", "confirmed")),
        (2, ("14:00-15:40", "confirmed")),
        (2, ("08:00-09:40", "cancelled")),
    ]
    assert trail_rows() == rows + 1 + 2
    again = diary.brings(ics(event("stays", days[0]), event("moves", days[1], "1400-1540", title="Other title")))
    assert "nothing to do" in again.words


def test_a_whole_series_that_moves_stays_the_same_bookings(workshop, diary):
    day = workshop.day(3, 2)
    diary.brings_and_applies(ics(event("s", day, "0800-0940", "RRULE:FREQ=WEEKLY;COUNT=4")))
    diary.brings(ics(event("s", day + timedelta(days=1), "1400-1540", "RRULE:FREQ=WEEKLY;COUNT=4")))
    assert diary.figures()[:3] == (0, 4, 0)
    diary.applies()
    assert {(hours, state) for _, _, hours, state in booked()} == {("14:00-15:40", "confirmed")}


def test_one_occurrence_changed_in_the_series_moves_alone(workshop, diary):
    day = workshop.day(3, 2)
    series = event("s", day, "0800-0940", "RRULE:FREQ=WEEKLY;COUNT=3")
    diary.brings_and_applies(ics(series))
    second = day + timedelta(weeks=1)
    changed = event("s", second, "1400-1540", f"RECURRENCE-ID;TZID=Asia/Shanghai:{second:%Y%m%d}T080000")
    diary.brings(ics(series, changed))
    assert diary.figures()[:4] == (0, 1, 0, 2)
    diary.applies()
    assert [hours for _, _, hours, _ in booked()] == ["08:00-09:40", "14:00-15:40", "08:00-09:40"]


def test_a_booking_changed_by_hand_is_reported_not_overwritten(workshop, diary):
    days = [workshop.day(3, weekday) for weekday in (1, 2, 3)]
    diary.brings_and_applies(ics(*(event(f"e{n}", day) for n, day in enumerate(days))))
    with reading():
        first, second, third = session().scalars(select(Booking.id).order_by(Booking.id))
    assert workshop.teacher.changes(first, title="Renamed here").status == 303
    assert workshop.teacher.cancels(second).status == 303
    seen = diary.brings(ics(event("e0", days[0], "1000-1140"), event("e1", days[1], "1000-1140")))
    assert diary.figures()[:3] == (0, 0, 1)
    assert "Changed by hand here" in seen.words
    diary.applies()
    assert [(title, hours, state) for title, _, hours, state in booked()] == [
        ("Renamed here", "08:00-09:40", "confirmed"),
        ("Service of the lathes", "08:00-09:40", "cancelled"),
        ("Service of the lathes", "08:00-09:40", "cancelled"),
    ]
    assert third


def test_a_calendar_is_no_way_round_an_approval(workshop):
    diary = Bringing(workshop.teacher, f"unit-{workshop.laser}", "booking")
    diary.brings_and_applies(ics(event("a", workshop.day(3, 2))))
    assert [state for *_, state in booked()] == ["waiting"]
    workshop.keeper.approves(1)
    assert [state for *_, state in booked()] == ["confirmed"]
    assert "nothing to do" in diary.brings(ics(event("a", workshop.day(3, 2)))).words


def test_private_entries_are_called_like_the_calendar(workshop, diary):
    diary.brings_and_applies(ics(event("a", workshop.day(3, 2), "0800-0940", "CLASS:PRIVATE", title="Dentist")))
    assert [title for title, *_ in booked()] == ["My lessons"]


def test_a_whole_lab_and_every_station_are_taken(workshop):
    Bringing(workshop.teacher, f"unit-{workshop.stations}", "booking").brings_and_applies(
        ics(event("a", workshop.day(3, 2)))
    )
    refused = workshop.colleague.asks_for(workshop.stations, on=workshop.day(3, 2), at="08:00-09:00")
    assert refused.status == 409


# ── what is left out, asked, told ──


def test_free_past_and_endless_entries_are_counted_and_said(workshop, diary):
    today = workshop.day(1, 1) - timedelta(days=30)
    seen = diary.brings(
        ics(
            event("free", workshop.day(3, 1), "0800-0940", "TRANSP:TRANSPARENT"),
            event("past", today),
            event("endless", workshop.day(3, 3), "0800-0940", "RRULE:FREQ=WEEKLY"),
            "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO",
        )
    )
    for words in ("1 marked free", "1 already past", "1 entries that repeat without end", "1 tasks"):
        assert words in seen.words
    assert diary.figures()[0] > 40


def test_the_last_day_to_take_in_may_be_chosen(workshop, diary):
    day = workshop.day(3, 2)
    seen = diary.brings(
        ics(event("a", day, "0800-0940", "RRULE:FREQ=WEEKLY;COUNT=10")), until_on=f"{day + timedelta(days=8)}"
    )
    assert diary.figures()[0] == 2
    assert "8 after the last day" in seen.words or "Nothing." in seen.words


def test_an_unknown_zone_is_asked_not_guessed(workshop, diary):
    day = workshop.day(3, 2)
    text = ics(event("a", day).replace("Asia/Shanghai", "Customized Time Zone"), event("b", workshop.day(3, 3)))
    seen = diary.brings(text)
    assert "Which time zone?" in seen.words
    assert "Customized Time Zone" in seen.words
    refused = workshop.teacher.sends(diary.path, {"zone-0": "Mars/Olympus"})
    assert refused.status == 422
    assert "choose a zone" in refused.words
    assert workshop.teacher.sends(diary.path, {"zone-0": "Asia/Tokyo"}).status == 303
    diary.applies()
    assert [(on, hours) for _, on, hours, _ in booked()] == [
        (f"{day}", "07:00-08:40"),
        (f"{workshop.day(3, 3)}", "08:00-09:40"),
    ]


def test_times_without_a_zone_are_asked_with_shanghai_offered(workshop, diary):
    seen = diary.brings(ics(event("a", workshop.day(3, 2)).replace(";TZID=Asia/Shanghai", "")))
    assert "Times without any zone" in seen.words
    assert '<option value="Asia/Shanghai" selected>' in seen.text
    workshop.teacher.sends(diary.path, {"zone-0": "Asia/Shanghai"})
    diary.applies()
    assert [hours for _, _, hours, _ in booked()] == ["08:00-09:40"]


def test_bad_entries_are_named_with_reasons_and_leave_what_stands(workshop, diary):
    days = [workshop.day(3, weekday) for weekday in (1, 2, 3)]
    diary.brings_and_applies(ics(event("a", days[0]), event("b", days[1])))
    seen = diary.brings(
        ics(
            event("a", days[0], "0800-0940", "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
            event("c", days[2], "0900-0900"),
        )
    )
    assert "repeats by the second" in seen.words
    assert "has no length" in seen.words
    assert diary.figures() == (0, 0, 1, 0, 0, 2)
    diary.applies()
    assert [state for *_, state in booked()] == ["confirmed", "cancelled"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"x" * (MOST_BYTES + 1), "larger than 2 MB"),
        (b"/etc/passwd", "not a calendar file"),
        (b"BEGIN:VCALENDAR", "ends in the middle"),
        (b"BEGIN:VCALENDAR\nX:\0\nEND:VCALENDAR\n", "broken"),
        (b"\xff\xfe\xfd\x80", "characters of this file"),
        (b"PK\x03\x04 no calendar", "not a calendar file"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 4000, "broken"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 5001 + b"END:VCALENDAR\n", "more than 5000 entries"),
    ],
    ids=["empty", "large", "path", "cut off", "nul", "encoding", "zip", "nested", "many"],
)
def test_a_file_that_is_no_calendar_gets_a_sentence_and_the_form_keeps_what_was_said(workshop, diary, content, said):
    answer = diary.brings(content)
    assert answer.status == 422
    assert said in answer.words
    assert 'value="My lessons"' in answer.text


def test_another_person_does_not_see_an_upload(workshop, diary):
    diary.brings(ics(event("a", workshop.day(3, 2))))
    assert workshop.colleague.opens(diary.path).status == 404
    assert workshop.dean.opens(diary.path).status == 404
    assert workshop.dean.sends(f"{diary.path}/apply", {"version": 2}).status == 404


def test_an_upload_may_be_forgotten(workshop, diary):
    seen = diary.brings(ics(event("a", workshop.day(3, 2))))
    assert workshop.teacher.sends(f"{diary.path}/drop", {"version": seen.value("version")}).status == 303
    assert workshop.teacher.sends(f"{diary.path}/apply", {"version": 3}).status == 409
    assert booked() == []


def test_what_was_shown_is_what_is_applied_or_nothing(workshop, diary):
    diary.brings(ics(event("a", workshop.day(3, 2))))
    assert workshop.teacher.sends(f"{diary.path}/apply", {"version": 1}).status == 409
    assert booked() == []


def test_what_comes_in_between_is_told_and_not_overwritten(workshop, diary):
    day = workshop.day(3, 2)
    diary.brings(ics(event("a", day), event("b", workshop.day(3, 3))))
    assert workshop.colleague.asks_for(workshop.lathe, on=day, at="08:00-09:40").was_booked
    seen = diary.applies()
    assert "Could not be made any more" in seen.words
    assert "already taken" in seen.words
    assert [(on, state) for _, on, _, state in booked()] == [
        (f"{day}", "confirmed"),
        (f"{workshop.day(3, 3)}", "confirmed"),
    ]


def test_a_closure_that_cannot_move_any_more_stays_where_it_is(workshop, plan):
    day = workshop.day(3, 2)
    plan.brings_and_applies(ics(event("a", day)))
    plan.brings(ics(event("a", day, "1400-1540")))
    assert workshop.teacher.asks_for(workshop.lathe, on=day, at="15:00-16:00").was_booked
    assert "already taken" in plan.applies().words
    assert closures() == [(f"{day}", "08:00-09:40", NAME)]


@pytest.mark.parametrize("shift", [1, -1])
@pytest.mark.parametrize("kind", ["booking", "closure"])
def test_a_whole_row_moves_into_its_own_times(workshop, kind, shift):
    who = workshop.teacher if kind == "booking" else workshop.keeper
    row = Bringing(who, f"unit-{workshop.lathe}", kind)
    day, hours = workshop.day(3, 2), range(9, 14)
    row.brings_and_applies(ics(*(event(f"e{h}", day, f"{h:02}00-{h + 1:02}00") for h in hours)))
    row.brings_and_applies(ics(*(event(f"e{h}", day, f"{h + shift:02}00-{h + shift + 1:02}00") for h in hours)))
    expected = [f"{h + shift:02}:00-{h + shift + 1:02}:00" for h in hours]
    if kind == "booking":
        assert [hours for _, _, hours, _ in booked()] == expected
    else:
        assert [hours for _, hours, _ in closures()] == expected


def test_two_people_bring_the_same_calendar_of_a_member_and_it_comes_once(workshop, diary):
    day = workshop.day(3, 2)
    other = Bringing(workshop.colleague, diary.what, "booking", diary.name)
    file = ics(event("a", day))
    diary.brings(file)
    other.brings(file)
    diary.applies()
    with reading():
        first = session().scalars(select(Booking.id)).one()
    assert workshop.teacher.cancels(first).status == 303
    assert "Somebody changed this meanwhile" in other.applies().words
    assert [state for *_, state in booked()] == ["cancelled"]


def test_the_same_entry_twice_in_one_file_comes_once(workshop, diary):
    day = workshop.day(3, 2)
    diary.brings_and_applies(ics(event("a", day), event("a", day, "1000-1140", "SEQUENCE:2")))
    assert [hours for _, _, hours, _ in booked()] == ["10:00-11:40"]


def test_many_changes_go_on_in_steps_and_say_how_far_they_are(workshop, diary):
    day = workshop.day(3, 1)
    diary.brings(ics(event("a", day, "0800-0840", "RRULE:FREQ=DAILY;COUNT=250")))
    seen = diary.applies()
    assert "100 of 250 changes are made" in seen.words
    diary.applies()
    diary.applies()
    assert len(booked()) == 250


def test_looking_costs_the_same_however_long_the_calendar(workshop, diary):
    day = workshop.day(3, 1)
    counts = []
    for times in (2, 60):
        with statements() as sent:
            diary.brings(ics(event("a", day, "0800-0840", f"RRULE:FREQ=DAILY;COUNT={times}")))
        counts.append(len(sent))
    assert counts[1] - counts[0] <= 8  # the earlier upload is dropped


# ── files as others write them ──


OUTLOOK = """BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
METHOD:PUBLISH
X-MS-OLK-FORCEINSPECTOROPEN:TRUE
BEGIN:VTIMEZONE
TZID:China Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
CLASS:PUBLIC
CREATED:20260901T010203Z
DESCRIPTION:\\n
DTEND;TZID="China Standard Time":{day}T094000
DTSTAMP:20260901T010203Z
DTSTART;TZID="China Standard Time":{day}T080000
RRULE:FREQ=WEEKLY;COUNT=3;BYDAY={weekday}
SUMMARY;LANGUAGE=zh-cn:数控车削实训
TRANSP:OPAQUE
UID:040000008200E00074C5B7101A82E00800000000
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:DISPLAY
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""
GOOGLE = """BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:lathe@example.org
X-WR-TIMEZONE:Asia/Shanghai
BEGIN:VEVENT
DTSTART;TZID=Asia/Shanghai:{day}T080000
DTEND;TZID=Asia/Shanghai:{day}T094000
RRULE:FREQ=WEEKLY;WKST=SU;COUNT=4;BYDAY={weekday}
EXDATE;TZID=Asia/Shanghai:{second}T080000
DTSTAMP:20260901T010203Z
UID:7kukuqrfedlm2f9t@google.com
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:数控车削实训
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""
APPLE = """BEGIN:VCALENDAR
CALSCALE:GREGORIAN
PRODID:-//Apple Inc.//macOS 14.5//EN
VERSION:2.0
X-APPLE-CALENDAR-COLOR:#1BADF8
X-WR-CALNAME:实训
BEGIN:VTIMEZONE
TZID:Asia/Shanghai
BEGIN:STANDARD
DTSTART:19890917T020000
RRULE:FREQ=YEARLY;UNTIL=19910914T170000Z;BYMONTH=9;BYDAY=3SU
TZNAME:GMT+8
TZOFFSETFROM:+0900
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
CREATED:20260901T010203Z
DTEND;TZID=Asia/Shanghai:{day}T094000
DTSTAMP:20260901T010203Z
DTSTART;TZID=Asia/Shanghai:{day}T080000
SEQUENCE:1
SUMMARY:数控车削
 实训
UID:8A4C1E5B-1D02-4C2B-9B51-0F6B0A1D2C3E
RRULE:FREQ=WEEKLY;INTERVAL=1;UNTIL={until}T155959Z
END:VEVENT
BEGIN:VEVENT
DTEND;TZID=Asia/Shanghai:{second}T154000
DTSTAMP:20260901T010203Z
DTSTART;TZID=Asia/Shanghai:{second}T140000
RECURRENCE-ID;TZID=Asia/Shanghai:{second}T080000
SEQUENCE:1
SUMMARY:数控车削实训
UID:8A4C1E5B-1D02-4C2B-9B51-0F6B0A1D2C3E
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        (OUTLOOK, [(0, "08:00-09:40"), (7, "08:00-09:40"), (14, "08:00-09:40")]),
        (GOOGLE, [(0, "08:00-09:40"), (14, "08:00-09:40"), (21, "08:00-09:40")]),
        (APPLE, [(0, "08:00-09:40"), (7, "14:00-15:40"), (14, "08:00-09:40")]),
    ],
    ids=["Outlook", "Google", "Apple"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_files_of_well_known_calendars(workshop, diary, text, hours, encoding):
    day = workshop.day(3, 2)
    file = text.format(
        day=f"{day:%Y%m%d}",
        weekday="TU",
        second=f"{day + timedelta(weeks=1):%Y%m%d}",
        until=f"{day + timedelta(weeks=2):%Y%m%d}",
    )
    diary.brings_and_applies(file.replace("\n", "\r\n").encode(encoding))
    assert sorted((on, at) for _, on, at, _ in booked()) == [
        (f"{day + timedelta(days=days)}", at) for days, at in hours
    ]
    assert {title for title, *_ in booked()} == {"数控车削实训"}


def test_our_own_feed_comes_in_elsewhere_and_says_the_same(workshop):
    for week in (3, 4):
        assert workshop.teacher.asks_for(workshop.lathe, on=workshop.day(week, 2), at="08:00-09:40").was_booked
    file = workshop.teacher.client.get("/mine.ics").get_data()
    other = Bringing(workshop.teacher, f"unit-{workshop.other_lathe}", "booking")
    other.brings_and_applies(file)
    assert len(booked()) == 4
    assert len({(on, hours) for _, on, hours, _ in booked()}) == 2
    with reading():
        assert session().scalar(select(func.count()).select_from(BookingDate)) == 4
    assert "nothing to do" in other.brings(file).words


def test_a_newer_upload_of_the_same_calendar_takes_the_place_of_one_not_applied(workshop, diary):
    diary.brings(ics(event("a", workshop.day(3, 2))))
    earlier = diary.path
    diary.brings(ics(event("a", workshop.day(3, 3))))
    assert "This upload was forgotten" in workshop.teacher.opens(earlier).words
    with reading():
        assert session().scalars(select(Import.content).order_by(Import.id)).first() == b""
    diary.applies()
    assert [on for _, on, *_ in booked()] == [f"{workshop.day(3, 3)}"]
