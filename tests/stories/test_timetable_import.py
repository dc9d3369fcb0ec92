"""A registrar's first hour: a published course list comes in, and every arrangement of it is accounted for."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter

import pytest
from sqlalchemy import text

from app.database import engine_for
from tests.conftest import settings_for
from tests.load import inspection
from tests.servers import flask

WEEK_1 = "2026-09-07"


def arrangement(weeks, weekday, periods, room="东楼101", campus="东区"):
    return {"weeks": weeks, "week_day": weekday, "sessions": periods, "campus": campus, "classroom": room}


def course(identifier, *arrangements, name="机械制图", school="机械学院", **more):
    return {
        "identifier": identifier,
        "name": name,
        "holder_school": school,
        "teacher": ["教师1"],
        "student_number": 30,
        "arrangements": list(arrangements),
    } | more


@pytest.fixture
def import_list(cli, tmp_path):
    """`import_list(course(…), …)` runs the command on such a list; the summary as numbers, and all that was printed."""

    def run(*courses, words=()):
        file = tmp_path / "courses.json"
        file.write_text(json.dumps(courses, ensure_ascii=False))
        result = cli("import-timetable", str(file), "--term-start", WEEK_1, "--language", "en", *words)
        assert result.exit_code == 0, result.output
        summary = result.stdout.strip().splitlines()[-1]
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", summary)}, result.stdout

    return run


def test_odd_weeks_and_gaps_between_periods_become_the_right_dates(import_list, app):
    summary, _ = import_list(course("A-1", arrangement([1, 3], 2, [3, 4, 7])))
    assert summary["placed"] == 1
    assert summary["dates_booked"] == 4
    with app.app_context():
        rows = _dates(app)
    assert rows == [
        "2026-09-08 10:00-11:40 3-4",
        "2026-09-08 14:00-14:45 7",
        "2026-09-22 10:00-11:40 3-4",
        "2026-09-22 14:00-14:45 7",
    ]


def test_two_courses_in_one_room_the_second_is_told_whom_it_met(import_list):
    summary, told = import_list(
        course("A-1", arrangement([1, 2, 3, 4], 1, [1, 2]), name="机械制图"),
        course("B-1", arrangement([2, 4, 6], 1, [2, 3]), name="电工基础"),
        course("C-1", arrangement([1, 2], 1, [1, 2]), name="金工实习"),
    )
    assert (summary["placed"], summary["placed_in_part"], summary["clashing"]) == (1, 1, 1)
    assert (summary["dates_booked"], summary["dates_clashing"]) == (5, 4)
    assert "2 dates taken by “机械制图”" in told


def test_touching_lessons_do_not_clash(import_list):
    summary, _ = import_list(
        course("A-1", arrangement([1], 1, [1, 2])),
        course("B-1", arrangement([1], 1, [3, 4])),
    )
    assert summary["placed"] == 2


def test_repeats_missing_rooms_and_nonsense_are_counted_and_named(import_list):
    good = arrangement([1], 3, [1])
    summary, told = import_list(
        course("A-1", good, good),
        course("A-1", good),
        course("B-1", arrangement([1], 3, [1], room="教室未定"), arrangement([2], 3, [1], room="\u00a0不排教室 ")),
        course("C-1", arrangement([], 3, [1])),
        course("D-1", arrangement([1], 9, [1])),
        course("E-1", arrangement([1], 1, ["一"])),
        course("", good),
        "not a course",
        course("F-1", arrangement([1], 1, [19])),
    )
    assert summary["arrangements"] == 11
    assert (summary["placed"], summary["repeated"], summary["no_room"], summary["unreadable"]) == (1, 2, 2, 6)
    for words in ("row 4 (C-1): weeks", "row 5 (D-1): week_day", "row 6 (E-1): sessions", "row 8"):
        assert words in told


def test_the_second_time_changes_nothing_and_says_the_same(import_list, app):
    courses = (
        course("A-1", arrangement([1, 2], 1, [1, 2])),
        course("B-1", arrangement([2, 3], 1, [2])),
    )
    first, told_first = import_list(*courses)
    with app.app_context():
        before = _dates(app)
    second, told_second = import_list(*courses)
    with app.app_context():
        assert _dates(app) == before
    assert first == second
    assert told_second == told_first.replace("2 bookings are new", "0 bookings are new")


def test_a_rehearsal_says_the_same_and_writes_nothing(import_list, app):
    courses = (
        course("A-1", arrangement([1, 2], 1, [1, 2])),
        course("B-1", arrangement([2, 3], 1, [2])),
    )
    rehearsed, _ = import_list(*courses, words=("--dry-run",))
    with app.app_context():
        assert _dates(app) == []
    done, _ = import_list(*courses)
    assert rehearsed == done


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b"\x1f\x8bnot gzip"])
def test_a_file_that_is_no_course_list_gets_a_sentence(cli, tmp_path, content):
    file = tmp_path / "courses.json"
    file.write_bytes(content)
    result = cli("import-timetable", str(file), "--term-start", WEEK_1)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: courses.json")


def test_the_term_begins_on_a_monday(cli, tmp_path):
    file = tmp_path / "courses.json"
    file.write_text("[]")
    result = cli("import-timetable", str(file), "--term-start", "2026-09-08")
    assert result.exit_code == 2
    assert "is not a Monday" in result.stderr


@pytest.mark.slow
def test_a_real_term_comes_in_alike_on_both_databases_and_twice(databases, shared_data, tmp_path):
    """44 schools, 7,569 arrangements, 257 rooms (and four names that mean: no room); the list contains double bookings."""
    file = shared_data / "timetable" / "ng-course-2020_2021_1.json.gz"
    published = json.loads(gzip.decompress(file.read_bytes()))
    told = {}
    for name in ("sqlite", "postgresql"):
        url = databases.new(name)
        settings = settings_for(url, tmp_path / name)
        words = ("import-timetable", str(file), "--term-start", "2020-09-07")
        first = _report(flask(*words, settings=settings))
        second = _report(flask(*words, settings=settings))
        assert [line for line in first if line not in second] == [line for line in first if "2663" in line]
        told[name] = first
        engine = engine_for(url)
        assert inspection.everything_wrong(engine) == []
        with engine.connect() as connection:
            counts = [
                connection.scalar(text(f"SELECT count(*) FROM {table}"))
                for table in ("consortium_member", "catalogue_lab", "booking_booking", "booking_date")
            ]
        engine.dispose()
        summary = {key: int(number) for key, number in re.findall(r"(\w+)=(\d+)", first[-1])}
        assert counts == [44, 257, summary["placed"] + summary["placed_in_part"], summary["dates_booked"]]
        assert summary["arrangements"] == sum(len(each["arrangements"]) for each in published)
        assert summary["arrangements"] == sum(
            summary[kind] for kind in ("placed", "placed_in_part", "clashing", "repeated", "no_room", "unreadable")
        )
    assert told["sqlite"] == told["postgresql"]


@pytest.mark.slow
def test_a_real_term_with_a_list_of_changes_changes_exactly_those(shared_data, databases, tmp_path):
    """A moved room, a dropped week, a class taken away and a new one, among 3,756 lessons; then nothing more."""
    published = json.loads(gzip.decompress((shared_data / "timetable" / "ng-course-2020_2021_1.json.gz").read_bytes()))
    url = databases.new("sqlite")
    settings = settings_for(url, tmp_path / "instance")
    file = tmp_path / "courses.json"

    def comes_in() -> list[str]:
        file.write_text(json.dumps(published, ensure_ascii=False))
        return _report(
            flask("import-timetable", str(file), "--term-start", "2020-09-07", "--language", "en", settings=settings)
        )

    comes_in()
    engine = engine_for(url)
    before = _lessons(engine)
    times = Counter(course["identifier"] for course in published)
    usual = [
        course
        for course in published
        if times[course["identifier"]] == 1
        and len(course["arrangements"]) == 1
        and before.get(course["identifier"], [("", "", 0)])[0][1] == "placed"
        and len(course["arrangements"][0]["weeks"]) > 4
    ]
    moved, shorter, gone = usual[:3]
    moved["arrangements"][0]["classroom"] = "新楼901"
    dropped = shorter["arrangements"][0]["weeks"].pop()
    published.remove(gone)
    published.append(
        course(
            "NEW-1",
            arrangement([1, 2, 3], 6, [1], room="新楼901", campus=moved["arrangements"][0]["campus"]),
            school=moved["holder_school"],
        )
    )
    told = comes_in()
    assert "2 lessons changed, 1 were taken away." in told
    assert any("1 bookings are new" in line for line in told)
    after = _lessons(engine)
    differ = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert differ == {moved["identifier"], shorter["identifier"], gone["identifier"], "NEW-1"}
    assert {room for room, _, _ in after[moved["identifier"]]} == {"新楼901"}
    assert after[moved["identifier"]][0][2] == before[moved["identifier"]][0][2], "every date moved, none was lost"
    assert after[shorter["identifier"]][0][2] == before[shorter["identifier"]][0][2] - 1, dropped
    assert gone["identifier"] not in after
    assert after["NEW-1"] == [("新楼901", "placed", 3)]
    assert any("0 bookings are new" in line for line in comes_in())
    assert _lessons(engine) == after
    assert inspection.everything_wrong(engine) == []
    engine.dispose()


def _lessons(engine) -> dict[str, list[tuple[str, str, int]]]:
    """Room, state and number of dates of every lesson, by its course."""
    query = """SELECT l.course, l.room, l.state, count(d.id) FROM booking_lesson l
        LEFT JOIN booking_date d ON d.booking_id = l.booking_id AND d.state = 'confirmed'
        GROUP BY l.id, l.course, l.room, l.state ORDER BY l.id"""
    found: dict[str, list[tuple[str, str, int]]] = {}
    with engine.connect() as connection:
        for name, *facts in connection.execute(text(query)):
            found.setdefault(name, []).append(tuple(facts))
    return found


def _report(output: str) -> list[str]:
    """The report without the progress bar's lines."""
    lines = output.strip().splitlines()
    start = next(number for number, line in enumerate(lines) if re.match(r"(Clashing|冲突)", line))
    return lines[start:]


def _dates(app) -> list[str]:
    from app.database import db
    from app.foundation.timespan import local

    query = "SELECT starts_at, ends_at, periods FROM booking_date ORDER BY starts_at"
    rows = db.session.execute(text(query)).all()
    from datetime import UTC, datetime

    def read(value):
        return datetime.fromtimestamp(value / 1_000_000, UTC) if isinstance(value, int) else value

    return [f"{local(read(start)):%Y-%m-%d %H:%M}-{local(read(end)):%H:%M} {periods}" for start, end, periods in rows]
