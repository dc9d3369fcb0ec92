"""Finding a slot through the pages and the API: from a wish to a booking, and what is said where nothing answers it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.booking.rules.wanted import MOST_DAYS
from app.catalogue.tables import Asset, ClassCode, TrainingBase
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.timespan import DAY
from app.timetable.tables import BellTable, DayRule, Holiday, Period
from tests import world
from tests.programs import Program
from tests.stories.test_limits import limits
from tests.stories.workshop import (
    PERIODS,
    Answer,
    Workshop,
    dates_of,
    form_of,
    reading,
    statements,
    states_of,
    units_held,
)

TUESDAY_AFTERNOONS = "weeks=第3-10周 周二下午&repeat=weekly"


def finds(somebody: Any, query: str) -> Answer:
    return somebody.opens(f"/book/find?asked=1&{query}")


def presses(found: Answer) -> list[str]:
    """Every link that opens the filled-in form, in their order."""
    return [html.unescape(link) for link in re.findall(r'href="(/book/new\?[^"]+)"', found.text)]


def books(somebody: Any, link: str, **fields: str) -> Answer:
    """Open the form by the link and press Book, with a title and nothing else changed."""
    return somebody.sends("/book/new", form_with_days(somebody.opens(link)) | {"title": "Turning"} | fields)


def form_with_days(shown: Answer) -> dict[str, Any]:
    values = form_of(shown)
    if days := shown.values("on"):
        values["on"] = days
    return values


def holiday(workshop: Workshop, week: int, weekday: int, **made_up: Any) -> None:
    day = workshop.day(week, weekday)
    with reading():
        transaction(
            lambda: session().execute(insert(Holiday).values(notice_year=day.year, day=day, name="国庆节", is_off=True))
        )
        if made_up:
            rule = {"kind": "on", "name_zh": "补课", "name_en": "", "stands_for": day, "version": 1} | made_up
            transaction(lambda: session().execute(insert(DayRule).values(**rule)))


# ── from a wish to a booking ──


def test_every_tuesday_afternoon_with_a_holiday_in_it_is_found_pressed_and_booked(workshop: Workshop):
    holiday(workshop, 6, 2)
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(5, 2), at="5-6")
    found = finds(workshop.teacher, f"{TUESDAY_AFTERNOONS}&text=lathe 2")
    assert "Turning lab · Lathe 2" in found.words
    assert "7/7 dates" in found.words
    assert "Nothing is taught on" in found.words
    made = books(workshop.teacher, presses(found)[0])
    dates = dates_of(made.booking_id)
    assert [day for _, day, *_ in dates] == [f"{workshop.day(week, 2)}" for week in (3, 4, 5, 7, 8, 9, 10)]
    assert {times for *_, times, _ in dates} == {"14:00-15:40"}
    assert set(states_of(made.booking_id)) == {"confirmed"}


def test_what_is_taken_is_said_with_its_date(workshop: Workshop):
    for at in ("5-6", "7-8"):
        workshop.colleague.asks_for(workshop.lathe, on=workshop.day(5, 2), at=at)
    found = finds(workshop.teacher, f"{TUESDAY_AFTERNOONS}&text=lathe 1")
    day = workshop.day(5, 2)
    assert "7/8 dates" in found.words
    assert f"Not on {day.day} {day:%b} (taken)" in found.words
    made = books(workshop.teacher, presses(found)[0])
    assert len(dates_of(made.booking_id)) == 7


def test_a_made_up_day_is_searched_and_booked_too(workshop: Workshop):
    holiday(workshop, 6, 2, day=workshop.day(6, 6))
    found = finds(workshop.teacher, f"{TUESDAY_AFTERNOONS}&text=lathe 1")
    assert "8/8 dates" in found.words
    assert "Made up" in found.words
    made = books(workshop.teacher, presses(found)[0])
    assert f"{workshop.day(6, 6)}" in [day for _, day, *_ in dates_of(made.booking_id)]


def test_one_of_two_lathes_and_two_stations_are_booked_with_one_press(workshop: Workshop):
    found = finds(workshop.teacher, f"{TUESDAY_AFTERNOONS}&text=lathe 1 or lathe 2&many2=2&text2=stations")
    assert "all in one lab" in found.words
    made = books(workshop.teacher, presses(found)[0])
    assert units_held(made.booking_id) == {(workshop.lathe, 1), (workshop.stations, 2)}
    assert len(dates_of(made.booking_id)) == 8


def test_what_needs_approval_is_requested_and_says_so(workshop: Workshop):
    found = finds(workshop.teacher, f"from={workshop.day(1, 2)}&to={workshop.day(1, 2)}&text=laser&count=2")
    assert "needs approval" in found.words
    assert "Request: " in found.text
    made = books(workshop.teacher, presses(found)[0])
    assert states_of(made.booking_id) == ["waiting"]
    direct = finds(workshop.teacher, f"from={workshop.day(1, 2)}&to={workshop.day(1, 2)}&text=laser&direct=1")
    assert "also with approval there" in direct.words


def test_the_form_keeps_the_clock_where_the_bells_there_change_in_the_term(workshop: Workshop):
    """By the clock 14:00 stays 14:00, though it is the beginning of a class period."""
    found = finds(
        workshop.teacher, "weeks=3-5周 周二&repeat=weekly&text=lathe 1&by=clock&minutes=100&since=14:00&until=15:40"
    )
    [link] = presses(found)
    assert "by=clock" in link
    made = books(workshop.teacher, link)
    assert {times for *_, times, _ in dates_of(made.booking_id)} == {"14:00-15:40"}


def test_where_bells_change_in_the_term_and_ring_otherwise_there_each_time_of_the_clock_is_a_press(workshop: Workshop):
    """The town's winter bells ring half an hour later from week 5 on; on the East campus they never change."""
    with reading():
        transaction(
            lambda: session().execute(
                update(TrainingBase).where(TrainingBase.id == workshop.base).values(campus="East")
            )
        )
        late = {"from_on": workshop.day(5, 1)}
        transaction(lambda: _rings(workshop, 30, campus="", **late))
        transaction(lambda: _rings(workshop, 0, campus="East"))
    found = finds(workshop.teacher, "weeks=3-6周 周二 5-6节&repeat=weekly&text=lathe 1")
    assert "4/4 dates" in found.words
    early, later = presses(found)
    assert {times for *_, times, _ in dates_of(books(workshop.teacher, early).booking_id)} == {"14:00-15:40"}
    assert {times for *_, times, _ in dates_of(books(workshop.teacher, later).booking_id)} == {"14:30-16:10"}


def _rings(workshop: Workshop, later: int, **where: Any) -> None:
    table = BellTable(member_id=workshop.college, name_zh="作息", name_en="Bell", version=1, **where)
    session().add(table)
    session().flush()
    session().add_all(
        Period(bell_table_id=table.id, number=number, start_minute=start + later, end_minute=end + later)
        for number, (start, end) in enumerate(PERIODS, 1)
    )


# ── what is found ──


def test_functions_software_and_class_codes_are_found(workshop: Workshop):
    with reading():
        transaction(
            lambda: session().execute(
                insert(Asset).values(unit_id=workshop.lathe, functions="四轴联动 车铣复合", specifications="Φ400")
            )
        )
        transaction(
            lambda: session().execute(insert(ClassCode).values(unit_id=workshop.laser, scheme="gb", code="A02050103"))
        )
    day = f"from={workshop.day(1, 2)}&to={workshop.day(1, 2)}"
    assert "Lathe 1" in finds(workshop.teacher, f"{day}&text=车铣 四轴").words
    assert "Laser" in finds(workshop.teacher, f"{day}&text=A0205").words
    rooms = finds(workshop.teacher, f"{day}&kind=room&features=四轴联动").words
    assert "Turning lab" in rooms
    assert "Measuring lab" not in rooms


def test_where_nothing_answers_it_says_which_wish_to_let_go(workshop: Workshop):
    query = f"{TUESDAY_AFTERNOONS}&kind=room&people=30&features=SolidWorks&near={workshop.college}-East&only_near=1"
    found = finds(workshop.teacher, query)
    assert "Nothing is free then" in found.words
    gone = finds(workshop.teacher, f"{TUESDAY_AFTERNOONS}&kind=room&near={workshop.college}-East&only_near=1")
    assert "without “near campus” there are 2" in gone.words
    [way] = [link for link in re.findall(r'class="chip" href="(/book/find[^"]+)"', gone.text) if "near" not in link]
    assert "2 choices" in workshop.teacher.opens(html.unescape(way)).words


def test_no_unit_of_such_a_name_is_said_plainly(workshop: Workshop):
    found = finds(workshop.teacher, f"{TUESDAY_AFTERNOONS}&text=lathe&text2=moon rocket")
    assert "No unit fits “moon rocket”." in found.words
    assert "without the second line there are 2" in found.words


def test_the_wished_campus_comes_first(workshop: Workshop):
    with reading():
        far = world.training_base("far", workshop.college, name_en="Far base", name_zh="远基地", campus="West")
        world.lab(far, "afar", name_en="Afar lab", name_zh="远室")
        transaction(
            lambda: session().execute(
                update(TrainingBase).where(TrainingBase.id == workshop.base).values(campus="East")
            )
        )
    for campus, first in (("East", "on the wished campus"), ("West", "Afar lab")):
        words = finds(workshop.teacher, f"{TUESDAY_AFTERNOONS}&kind=room&near={workshop.college}-{campus}").words
        assert words.index(first) < words.index("same member, another campus")


def test_nobody_is_offered_what_is_kept_to_its_owners(workshop: Workshop):
    with reading():
        own = world.unit(workshop.lab, "secret", sharing="internal", name_en="Inner mill")
        world.unit(workshop.lab, "locked", sharing="none", name_en="Inner saw")
        world.owns(workshop.college, unit_id=own)
    query = f"{TUESDAY_AFTERNOONS}&text=inner"
    assert "Inner mill" in finds(workshop.teacher, query).words
    trainer = workshop.somebody("Trainer", workshop.company, "booker")
    words = finds(trainer, query).words
    assert "Inner mill" not in words
    assert "No unit fits “inner”." in words


def test_who_may_not_book_finds_no_such_page(workshop: Workshop):
    learner = workshop.somebody("Learner", workshop.college, "learner")
    assert finds(learner, TUESDAY_AFTERNOONS).status == 403


def test_the_calendar_is_named_and_switched(workshop: Workshop):
    trainer = workshop.somebody("Trainer", workshop.company, "booker")
    assert "by the calendar of Company" in finds(trainer, TUESDAY_AFTERNOONS).words
    switched = finds(trainer, f"{TUESDAY_AFTERNOONS}&calendar={workshop.college}")
    assert "by the calendar of College" in switched.words
    assert all(f"calendar={workshop.college}" in link for link in presses(switched))


# ── bad input ──

BAD = {
    "weeks=soon": "This cannot be read as weeks: “soon”",
    "weeks=3-10周 周二 3-4节; 周四 1-2节": "This cannot be read as weeks",
    "weeks=19周": "The term ends with week 18.",
    "from=tomorrow": "This is not a day: tomorrow",
    "from=2026-02-30": "This is not a day",
    "to=1999-01-01": "The last day must not be before the first.",
    "many=0": "How many must be a whole number from 1 to 10000.",
    "many=2.5": "How many must be a whole number",
    "many=9&text=a&many2=9&text2=b": "At most 12 units can be looked for together.",
    "people=-3": "How many people must be a whole number",
    "people=10001": "How many people must be a whole number",
    "kind=rocket": "There is no such kind of unit.",
    "part=midnight": "There is no such part of the day.",
    "weekday=9": "Weekdays are numbered 1 (Monday) to 7 (Sunday).",
    "count=15": "Class periods must be a whole number from 1 to 14.",
    "first=0": "From period must be a whole number",
    "last=x": "To period must be a whole number",
    "by=clock&minutes=1441": "Minutes must be a whole number from 5 to 1440.",
    "by=clock&since=25:00": "Times are written like 08:00",
    "by=clock&since=18:00&until=08:00": "Times are written like 08:00",
    "base=x": "The address names something that cannot be read: base.",
    "lab=-1": "The address names something that cannot be read: lab.",
    "near=east": "The address names something that cannot be read: near.",
    "unit=abc": "One of the units cannot be read.",
    "base=999999999": "Nothing is free then",
    "owner=999999999": "Nothing is free then",
    "text=" + "x" * 5000: "Nothing is free then",
    "text=%25%27%22%5C": "Nothing is free then",
    "text2=%E2%80%AE": "Nothing is free then",
    "calendar=999999999": "by the calendar of College",
    "term=999999999": "",
}


@pytest.mark.parametrize("query", BAD, ids=lambda query: query[:40])
def test_whatever_the_address_says_is_answered_with_a_sentence(workshop: Workshop, query: str):
    found = finds(workshop.teacher, query)
    assert found.status == 200
    assert BAD[query] in found.words


def test_too_many_days_are_refused(workshop: Workshop):
    day = clock.today()
    found = finds(workshop.teacher, f"from={day}&to={day + MOST_DAYS * DAY}")
    assert f"At most {MOST_DAYS} days" in found.words


# ── what one must have ──


def test_what_she_may_use_at_once_comes_first_and_the_rest_says_what_she_lacks(workshop: Workshop, program: Program):
    teacher = workshop.teacher
    query = f"{TUESDAY_AFTERNOONS}&text=lathe"
    assert "you lack" not in finds(teacher, query).words
    assert f"unit={workshop.lathe}&" in presses(finds(teacher, query))[0]
    with statements() as plain:
        finds(teacher, query)
    limits(workshop, workshop.lathe, eligibility__authorisation="1", eligibility__safety="1")
    with statements() as asked:
        shown = finds(teacher, query)
    assert len(asked) <= len(plain) + 1
    assert f"unit={workshop.other_lathe}&" in presses(shown)[0]
    assert "you lack: safety admission, operator authorisation" in shown.words
    [check] = {html.unescape(each) for each in re.findall(r'href="(/units/[^"]+eligibility[^"]+)"', shown.text)}
    assert "2 things are missing" in teacher.opens(check).words
    found = program.get("/find", text="lathe", weeks="3-10周 周二下午", series="true").body["choices"]
    assert [[each["name"] for each in choice["lacks"]] for choice in found] == [[], ["safety", "authorisation"]]
    one_date = finds(teacher, f"from={workshop.day(1, 2)}&to={workshop.day(1, 2)}&kind=room")
    assert "you lack: safety admission, operator authorisation" in one_date.words, "the lab whole has the lathe in it"


# ── statements, and everything offered can be had ──


def test_a_search_takes_as_many_statements_for_much_as_for_little(workshop: Workshop):
    query = f"{TUESDAY_AFTERNOONS}&text=lathe&features=lab&near={workshop.college}-"
    finds(workshop.teacher, query)
    with statements() as little:
        finds(workshop.teacher, query)
    with reading():
        for number in range(12):
            lab = world.lab(workshop.base, f"more{number}")
            for each in range(3):
                world.unit(lab, f"lathe {number} {each}")
    for week in range(3, 8):
        workshop.colleague.asks_for(workshop.lathe, on=workshop.day(week, 2), at="5-6")
    with statements() as much:
        assert finds(workshop.teacher, query).status == 200
    assert len(much) == len(little)
    assert len(much) <= 16
    with statements() as nothing:
        assert (
            "Nothing is free then" in finds(workshop.teacher, query.replace("features=lab", "features=nowhere")).words
        )
    assert len(nothing) <= len(much) + 1


def test_everything_a_page_offers_can_be_booked_as_it_stands(workshop: Workshop):
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(3, 2), at="5-6")
    workshop.colleague.asks_for(workshop.room, on=workshop.day(4, 2), at="7-8")
    workshop.colleague.asks_for(
        workshop.stations, on=workshop.day(5, 2), at="5-6", **{f"quantity_{workshop.stations}": "19"}
    )
    for query in (
        f"{TUESDAY_AFTERNOONS}&kind=",
        f"{TUESDAY_AFTERNOONS}&kind=&by=clock&minutes=45",
        f"{TUESDAY_AFTERNOONS}&text=lathe&many2=2&text2=stations",
        f"from={workshop.day(1, 1)}&kind=",
    ):
        links = presses(finds(workshop.teacher, query))
        assert links
        for link in links[:6]:
            words = workshop.teacher.opens(link).words
            assert "not free" not in words
            assert "cannot" not in words


# ── programs ──


@pytest.fixture
def program(workshop: Workshop) -> Program:
    with reading():
        token = world.token_for(workshop.teacher.id)
    return Program(workshop.app, token)


def test_a_program_finds_what_the_page_finds_and_may_book_it(workshop: Workshop, program: Program):
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(5, 2), at="5-6")
    wish = {
        "needs": [{"text": "lathe 1"}, {"many": 2, "text": "stations"}],
        "weeks": "第3-10周 周二 5-6节",
        "series": True,
    }
    found = program.post("/find", wish)
    assert found.status == 200
    [choice] = found.body["choices"]
    assert {(unit["id"], unit["quantity"]) for unit in choice["units"]} == {
        (workshop.lathe, 1),
        (workshop.stations, 2),
    }
    assert (len(choice["dates"]), choice["of"], choice["together"]) == (7, 8, "lab")
    assert [each["why"] for each in choice["missing"]] == ["taken"]
    dates = [{"start": each["start"], "end": each["end"]} for each in choice["dates"]]
    body = {"units": choice["units"], "dates": dates, "purpose": "teaching", "title": "Turning"}
    assert program.post("/series", body).status == 201


def test_a_program_asks_in_an_address(workshop: Workshop, program: Program):
    found = program.get("/find", text="lathe", weeks="3-10周 周二下午", series="true")
    assert found.status == 200
    assert {choice["units"][0]["id"] for choice in found.body["choices"]} == {workshop.lathe, workshop.other_lathe}
    one = program.get("/find", kind="room", **{"from": f"{workshop.day(1, 1)}", "to": f"{workshop.day(1, 1)}"})
    assert one.body["total"] == 4
    assert all(choice["of"] == 1 for choice in one.body["choices"])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"weeks": "soon"}, "weeks"),
        ({"weeks": "19周"}, "weeks"),
        ({"part": "noon"}, "part"),
        ({"people": 0}, "people"),
        ({"weekdays": [8]}, "weekdays.0"),
        ({"minutes": 600, "since": "20:00"}, "minutes"),
        ({"minutes": 60, "since": "9"}, "since"),
        ({"since": "10:00", "until": "09:00"}, "until"),
        ({"from": "2026-13-01"}, "from"),
        ({"term": 999_999}, "term"),
        ({"needs": []}, "needs"),
        ({"needs": [{"many": 9}, {"many": 9}]}, "needs"),
        ({"needs": [{"kind": "rocket"}]}, "needs.0.kind"),
        ({"needs": [{"units": ["x"]}]}, "needs.0.units.0"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_program_is_told_which_field_makes_no_sense(workshop: Workshop, program: Program, more, field):
    refused = program.post("/find", {"needs": [{"text": "lathe"}]} | more)
    assert refused.status == 422
    assert field in [reason.get("field") for reason in refused.body["reasons"]]
