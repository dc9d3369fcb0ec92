"""The calendar's pages: marked weeks, days off and make-up days, national holidays by hand and by file, the drawn 校历."""

from __future__ import annotations

import io
import json
import re
from datetime import date

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from app.database import session
from app.timetable.store import bells, days, terms
from app.timetable.store.calendar import calendar
from app.trail.tables import Entry
from tests import world

TERM = {"whose": "", "name_zh": "2025 秋", "name_en": "Autumn 2025", "first_monday": "2025-09-08", "weeks": "18"}


class Office:
    """A college with its administrator, the consortium's administrator, and a teacher."""

    def __init__(self, app) -> None:
        self.college, seat = world.member("COLLEGE", name_en="The college"), world.member("SEAT", "government")
        self.other = world.member("OTHER")
        self.base = world.training_base("B1", self.college, campus="东校区")
        people = {
            "admin": world.person("admin@x.example", "Admin", seat, "administrator"),
            "secretary": world.person("sec@x.example", "Secretary", self.college, "member_admin"),
            "teacher": world.person("t@x.example", "Teacher", self.college, "booker"),
        }
        self.admin, self.secretary, self.teacher = (world.signed_in(app, each, locale="en") for each in people.values())
        self.app = app

    def has_a_term(self):
        assert self.secretary.post("/admin/terms/new", data=TERM | {"whose": str(self.college)}).status_code == 303
        session().rollback()
        return terms.terms()[0]

    def decides(self, client=None, **what):
        """Fill the form in, look, and keep it: the answer of the last press."""
        given = {"whose": str(self.college), "name_zh": "补课", "version": ""} | what
        address = given.pop("address", "/admin/days/new")
        client = client or self.secretary
        looked = client.post(address, data=given)
        if 'name="seen"' not in looked.text:
            return looked
        return client.post(address, data=given | {"seen": looked.text.split('name="seen" value="')[1].split('"')[0]})


@pytest.fixture
def office(app):
    with app.app_context():
        yield Office(app)


def entries(deed):
    session().rollback()
    return session().scalar(select(func.count()).select_from(Entry).where(Entry.deed == deed))


def sends_file(client, content, year="2027"):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    data = {"year": year, "file": (io.BytesIO(body), "notice.json")}
    return client.post("/admin/holidays/file", data=data, content_type="multipart/form-data")


def notice(year, *lines):
    named = [{"name": "元旦", "date": day, "isOffDay": off} for day, off in lines]
    return {"$schema": "x", "year": year, "papers": ["x"], "days": named}


# ── terms and their marked weeks ──


def block(**changes):
    given = {"kind": "exam", "first_week": "10", "last_week": "", "learners": "", "teaches": "no"}
    return given | {"block_zh": "", "block_en": ""} | changes


def blocks_form(term_id, *rows):
    names = ("kind", "first_week", "last_week", "learners", "teaches", "block_zh", "block_en")
    return {name: [row[name] for row in rows] for name in names} | {"version": str(terms.version_of_term(term_id))}


def test_a_secretary_marks_practice_and_examination_weeks(office):
    term = office.has_a_term()
    rows = (
        block(),
        block(kind="military", first_week="1", last_week="3", learners="新生", block_en="Drill"),
        block(first_week=""),
    )
    kept = office.secretary.post(f"/admin/terms/{term.id}/blocks", data=blocks_form(term.id, *rows))
    assert kept.status_code == 303
    session().rollback()
    found = terms.blocks(term.id)
    assert [(each.kind, each.first_week, each.last_week, each.learners) for each in found] == [
        ("military", 1, 3, "新生"),
        ("exam", 10, 10, ""),
    ]
    assert found[1].name_zh  # the kind's own name
    drawn = office.teacher.get(f"/calendar?member={office.college}").text
    assert "Drill · weeks 1–3 · 新生" in drawn
    assert entries("calendar.change") == 2


def test_badly_marked_weeks_are_shown_again_with_what_was_typed(office):
    term = office.has_a_term()
    for wrong in (
        block(first_week="0"),
        block(first_week="12", last_week="11"),
        block(last_week="19"),
        block(kind="party"),
        block(first_week="x"),
        block(learners="新" * 41),
    ):
        answer = office.secretary.post(
            f"/admin/terms/{term.id}/blocks", data=blocks_form(term.id, block(block_zh="期中"), wrong)
        )
        assert answer.status_code == 422
        assert 'value="期中"' in answer.text
        session().rollback()
        assert terms.blocks(term.id) == []


def test_a_term_does_not_shrink_under_its_marked_weeks(office):
    term = office.has_a_term()
    office.secretary.post(f"/admin/terms/{term.id}/blocks", data=blocks_form(term.id, block(first_week="18")))
    session().rollback()
    data = TERM | {"whose": str(office.college), "weeks": "17", "version": str(terms.version_of_term(term.id))}
    answer = office.secretary.post(f"/admin/terms/{term.id}", data=data)
    assert answer.status_code == 422
    assert "there are marked weeks after that" in answer.text


def test_two_people_who_mark_weeks_at_once_find_out(office):
    term = office.has_a_term()
    data = blocks_form(term.id, block())
    assert office.secretary.post(f"/admin/terms/{term.id}/blocks", data=data).status_code == 303
    assert office.admin.post(f"/admin/terms/{term.id}/blocks", data=data).status_code == 409


# ── days off and make-up days ──


def test_a_make_up_day_is_given_by_its_lost_date_or_by_week_and_weekday(office):
    """27 September 2025 runs week 4 Tuesday, which is 30 September."""
    office.has_a_term()
    look = {"day": "2025-09-27", "what": "make_up", "stands_for": "", "week": "4", "weekday": "2"}
    shown = office.secretary.post("/admin/days/new", data={"whose": str(office.college), "name_zh": "补课"} | look)
    assert 'value="2025-09-30"' in shown.text  # each fills the other
    by_date = {"day": "2025-09-27", "what": "make_up", "stands_for": "2025-09-30", "week": "", "weekday": ""}
    again = office.secretary.post("/admin/days/new", data={"whose": str(office.college), "name_zh": "补课"} | by_date)
    assert re.search(r'name="week"[^>]*value="4"', again.text)
    assert office.decides(**look).status_code == 303
    session().rollback()
    [rule] = days.rules()
    assert (rule.day, rule.stands_for, rule.member_id) == (date(2025, 9, 27), date(2025, 9, 30), office.college)
    assert calendar(office.college).runs(date(2025, 9, 27))[1:] == (4, 2)
    assert calendar(office.other).runs(date(2025, 9, 27)) is None
    assert entries("calendar.change") == 2
    assert "Runs the timetable of week 4 Tue" in office.admin.get("/admin/days").text


def test_what_it_changes_is_shown_before_it_is_kept(office):
    office.has_a_term()
    data = {
        "whose": str(office.college),
        "name_zh": "补课",
        "day": "2025-09-27",
        "what": "make_up",
        "stands_for": "2025-09-30",
        "weekday": "",
    }
    shown = office.secretary.post("/admin/days/new", data=data)
    assert shown.status_code == 200
    assert "the timetable of week 4 Tue" in shown.text
    assert "is an ordinary teaching day: nothing was lost there" in shown.text
    assert days.rules() == []
    # somebody who looked at another day has not looked at this one
    other = office.secretary.post("/admin/days/new", data=data | {"seen": f"{office.college}|2025-09-28|on|2025-09-30"})
    assert other.status_code == 200
    session().rollback()
    assert days.rules() == []


def test_a_lost_holiday_raises_no_doubt(office):
    office.has_a_term()
    data = {
        "whose": str(office.college),
        "name_zh": "补课",
        "day": "2025-10-11",
        "what": "make_up",
        "stands_for": "2025-10-06",
        "weekday": "",
    }
    shown = office.secretary.post("/admin/days/new", data=data).text
    assert "ordinary teaching day" not in shown
    assert "Keep it all the same" not in shown


def test_a_day_is_said_once_and_a_lesson_given_once(office):
    office.has_a_term()
    assert office.decides(day="2025-09-27", what="make_up", stands_for="2025-09-30", weekday="").status_code == 303
    assert office.decides(day="2025-09-27", what="off", weekday="").status_code == 409
    assert office.decides(day="2025-09-28", what="make_up", stands_for="2025-09-30", weekday="").status_code == 409
    assert office.decides(day="2025-09-30", what="taught", weekday="").status_code == 409
    assert office.decides(office.admin, whose="", day="2025-09-27", what="off", weekday="").status_code == 303


def test_a_decision_is_changed_and_taken_back(office):
    office.has_a_term()
    office.decides(day="2025-11-14", what="off", weekday="")
    session().rollback()
    [rule] = days.rules()
    page = office.secretary.get(f"/admin/days/{rule.id}").text
    assert 'value="2025-11-14"' in page
    address = f"/admin/days/{rule.id}"
    assert office.decides(address=address, day="2025-11-21", what="off", weekday="", version="1").status_code == 303
    assert office.decides(address=address, day="2025-11-28", what="off", weekday="", version="1").status_code == 409
    assert office.secretary.post(f"{address}/remove", data={"version": "2"}).status_code == 303
    session().rollback()
    assert days.rules() == []
    assert office.secretary.get(address).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": ""},
        {"day": "30 September"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"what": "party"},
        {"name_zh": ""},
        {"name_zh": "x" * 81},
        {"stands_for": "2025-09-27"},
        {"stands_for": ""},
        {"stands_for": "", "week": "99", "weekday": "2"},
        {"stands_for": "", "week": "4", "weekday": "9"},
        {"stands_for": "2025-09-30", "week": "5", "weekday": "2"},
        {"week": "99999999999999999999", "weekday": "1"},
    ],
    ids=str,
)
def test_a_badly_written_decision_is_shown_again_in_sentences(office, wrong):
    office.has_a_term()
    given = {"day": "2025-09-27", "what": "make_up", "stands_for": "2025-09-30", "weekday": ""}
    answer = office.decides(**given | wrong)
    assert answer.status_code == 422
    assert days.rules() == []


def test_a_secretary_decides_for_her_college_only(office):
    day = {"day": "2025-11-14", "what": "off", "weekday": ""}
    assert office.decides(whose="", **day).status_code == 422  # it is not offered to her
    assert office.decides(whose=str(office.other), **day).status_code == 422
    assert office.decides(office.teacher, **day).status_code == 403
    office.decides(office.admin, whose="", **day)
    session().rollback()
    [rule] = days.rules()
    assert office.secretary.get(f"/admin/days/{rule.id}").status_code == 403
    office.secretary.post(f"/admin/days/{rule.id}/remove", data={"version": "1"})
    session().rollback()
    assert len(days.rules()) == 1


# ── the national holidays ──


def test_a_year_is_read_from_a_file(office):
    sent = notice(2027, ("2027-01-01", True), ("2027-01-02", True), ("2026-12-31", True), ("2027-01-03", False))
    assert sends_file(office.admin, sent).status_code == 303
    session().rollback()
    known = days.days(None)
    assert known.status(date(2027, 1, 1)).kind == "off"
    assert known.status(date(2026, 12, 31)).kind == "off"  # December stands in the next year's notice
    assert known.status(date(2027, 1, 3)).kind == "make_up"
    assert entries("holiday.change") == 1
    text = office.admin.get("/admin/holidays?year=2026").text
    assert "from the notice for 2027" in text
    assert sends_file(office.admin, notice(2027, ("2027-01-01", True))).status_code == 303
    assert "1 days off" in office.admin.get("/admin/holidays?year=2027").text


def test_a_file_without_days_says_not_announced_and_changes_nothing(office):
    sends_file(office.admin, notice(2027, ("2027-01-01", True)))
    answer = sends_file(office.admin, notice(2027))
    assert answer.status_code == 303
    assert "are not announced yet. Nothing was changed." in office.admin.get("/admin/holidays?year=2027").text
    assert len(days.holidays(2027)) == 1
    assert entries("holiday.change") == 1


def test_the_real_files_read_as_they_came(office, shared_data):
    for year in (2024, 2025, 2026, 2027):
        content = (shared_data / "holidays" / f"{year}.json").read_bytes()
        assert sends_file(office.admin, content, str(year)).status_code == 303
    # the product came with 2024 to 2026 already: nothing is new
    assert "0 new days, 0 changed, 0 gone" in office.admin.get("/admin/holidays?year=2026").text
    session().rollback()
    assert {line.notice_year for line in days.holidays()} == {2024, 2025, 2026}


DEEP = b'{"year": 2027, "days": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose the file first."),
        (b"\xff\xfe{}", "not valid JSON"),
        (b"<html>", "not valid JSON"),
        (b"[1, 2]", "this is not a holiday notice"),
        (b"null", "this is not a holiday notice"),
        (b"{}", "Year: please fill this in"),
        ({"year": "2027", "days": []}, "Year: this is outside the range"),
        ({"year": 99999, "days": []}, "Year: this is outside the range"),
        ({"year": True, "days": []}, "Year: this is outside the range"),
        ({"year": 2027}, "Days: a list is expected here"),
        ({"year": 2027, "days": {"a": 1}}, "Days: a list is expected here"),
        ({"year": 2027, "days": [7]}, "Day 1 of the file: an object is expected here"),
        (notice(2027, ("2027-02-30", True)), "Day 1 of the file: a day like 2026-09-01"),
        (notice(2027, ("1 May", True)), "Day 1 of the file: a day like 2026-09-01"),
        (notice(2027, ("2027-01-01", True), ("2027-01-01", False)), "Day 2 of the file: the same day is named twice"),
        (notice(2027, ("2027-01-01", "yes")), "Day 1 of the file: true or false"),
        (notice(2027, ("2026-11-30", True)), "Day 1 of the file: a notice speaks of its own year"),
        (notice(2027, ("2028-01-01", True)), "Day 1 of the file: a notice speaks of its own year"),
        (notice(2026, ("2026-01-01", True)), "The file is the notice for 2026"),
        ({"year": 2027, "days": [{"date": "2027-01-01", "isOffDay": True}]}, "Day 1 of the file: the name is missing"),
        ({"year": 2027, "days": [{"name": "x" * 81, "date": "2027-01-01", "isOffDay": True}]}, "this is too long"),
        ({"year": 2027, "days": [{"name": "\x00", "date": "2027-01-01", "isOffDay": True}]}, "control characters"),
        ({"year": 2027, "days": [{}] * 201}, "Days: these are too many"),
        (b" " * (5 * 1024 * 1024), "the file is too large"),
        (DEEP, "the file is too large"),
        (DEEP[:60_000], "File: "),
        (b'{"year": 2027, "days": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
    ids=lambda each: str(each)[:30],
)
def test_a_bad_file_is_refused_in_a_sentence_and_changes_nothing(office, content, sentence):
    answer = sends_file(office.admin, content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert days.holidays(2027) == []
    assert entries("holiday.change") == 0


def holiday(office, year="2027", **changes):
    text = office.admin.get(f"/admin/holidays?year={year}").text
    mark = text.split('name="mark" value="')[1].split('"')[0]
    given = {"year": year, "day": f"{year}-01-01", "name": "元旦", "kind": "off", "mark": mark}
    return office.admin.post("/admin/holidays", data=given | changes)


def test_single_days_are_mended_by_hand(office):
    assert holiday(office).status_code == 303
    assert holiday(office, kind="on", name="调休").status_code == 303
    session().rollback()
    [line] = days.holidays(2027)
    assert (line.name, line.is_off) == ("调休", False)
    mark = office.admin.get("/admin/holidays?year=2027").text.split('name="mark" value="')[1].split('"')[0]
    removed = {"year": "2027", "day": "2027-01-01", "mark": mark}
    assert office.admin.post("/admin/holidays/remove", data=removed).status_code == 303
    assert office.admin.post("/admin/holidays/remove", data=removed).status_code == 404
    assert entries("holiday.change") == 3


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"day": ""}, 422),
        ({"day": "2027-02-30"}, 422),
        ({"day": "2029-01-01"}, 422),
        ({"name": ""}, 422),
        ({"name": "x" * 81}, 422),
        ({"kind": "perhaps"}, 422),
        ({"year": "99999"}, 422),
        ({"mark": "stale"}, 409),
    ],
    ids=str,
)
def test_a_badly_written_holiday_is_shown_again(office, wrong, status):
    assert holiday(office, **wrong).status_code == status
    assert days.holidays(2027) == []


def test_holidays_are_the_administrators(office):
    assert office.secretary.get("/admin/holidays").status_code == 200
    assert "Read from a file" not in office.secretary.get("/admin/holidays").text
    assert sends_file(office.secretary, notice(2027, ("2027-01-01", True))).status_code == 403
    assert office.secretary.post("/admin/holidays", data={"year": "2027"}).status_code == 403


# ── the drawn calendar, and what it must say ──


def test_everybody_looks_at_the_school_calendar(office):
    office.has_a_term()
    office.decides(day="2025-09-27", what="make_up", stands_for="2025-09-30", weekday="")
    text = office.teacher.get("/calendar").text
    assert "The college" in text
    assert 'class="day-off' in text
    assert 'class="day-runs' in text
    assert 'class="day-moved' in text
    assert "Runs week 4 Tue" in text
    for strange in ("?member=999999", "?member=x&term=y", "?term=99999999999999999999"):
        assert office.teacher.get(f"/calendar{strange}").status_code == 200


def test_without_a_term_the_calendar_says_what_to_do(office):
    assert "No term is set up yet" in office.teacher.get("/calendar").text
    assert "/admin/terms/new" in office.secretary.get("/calendar").text


def test_an_unknown_year_is_said_loudly_and_an_open_december_mildly(office):
    autumn = TERM | {"whose": str(office.college), "first_monday": "2026-09-07", "weeks": "20"}
    office.secretary.post("/admin/terms/new", data=autumn)
    loud = office.teacher.get("/calendar").text
    assert "The holidays of 2027 are not known here yet" in loud
    assert "/admin/holidays?year=2027" not in loud  # a teacher can do nothing about it
    assert "/admin/holidays?year=2027" in office.admin.get(f"/calendar?member={office.college}").text
    assert "it may still change days in December 2026" in office.admin.get("/admin/holidays?year=2026").text
    sends_file(office.admin, notice(2027, ("2027-01-01", True)))
    assert "are not known here yet" not in office.teacher.get("/calendar").text


def test_the_calendar_asks_few_questions_however_much_there_is(office):
    office.has_a_term()
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        office.teacher.get("/calendar")
        few = len(sent)
        for n in range(1, 9):
            office.decides(day=f"2025-11-{n:02d}", what="off", weekday="")
        sent.clear()
        office.teacher.get("/calendar")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(sent) <= few <= 14


# ── whose calendar a base goes by ──


def test_a_base_goes_by_another_members_calendar_and_stands_on_a_campus(office):
    page = office.admin.get(f"/bases/{office.base}/change").text
    assert 'value="东校区"' in page
    given = {"code": "B1", "kind": "training_base", "name_zh": "基地", "version": "1", "is_public": "y"}
    chosen = {"campus": "西校区", "calendar_member_id": str(office.other)}
    assert office.admin.post(f"/bases/{office.base}/change", data=given | chosen).status_code == 302
    page = office.admin.get(f"/bases/{office.base}/change").text
    assert f'<option selected value="{office.other}">' in page
    wrong = given | {"version": "2", "calendar_member_id": "999999"}
    assert office.admin.post(f"/bases/{office.base}/change", data=wrong).status_code in (200, 422)
    back = given | {"version": "2", "calendar_member_id": "", "campus": ""}
    assert office.admin.post(f"/bases/{office.base}/change", data=back).status_code == 302
    too_long = given | {"version": "3", "campus": "x" * 61}
    assert "this is too long" in office.admin.post(f"/bases/{office.base}/change", data=too_long).text
    assert bells.bell_tables() == []
