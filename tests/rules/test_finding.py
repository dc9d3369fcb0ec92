"""Finding a slot: what a wish means on real teaching days, which choices answer it, and why they stand in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.availability import Space
from app.booking.rules.combining import Free, Part, fullest, matched, possible
from app.booking.rules.conflict import reasons_to_refuse
from app.booking.rules.finding import BASE, CITY, LAB, Findings, Town, count, find
from app.booking.rules.occupancy import Held, write
from app.booking.rules.readiness import Readiness
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.rules.standing import Duties, Standing
from app.booking.rules.wanted import Pattern, Wanted, When, read_weeks, wanted
from app.booking.rules.wish import Need, Sought, Wish, suits
from app.foundation.timespan import DAY, Span, at_local, day_span, local, local_day
from app.timetable.rules.bell import BellForm, Bells, Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import DayRule, Holiday, days_of
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import Unclear
from tests.rules.conftest import MONDAY, OTHERS, Told, tell

PERIODS = tuple(
    Period(n, start, start + 45) for n, start in enumerate((480, 535, 605, 660, 840, 895, 965, 1020, 1140, 1195), 1)
)
TERM = Term(1, None, "秋", "Autumn", date(2026, 8, 31), 18)
GOLDEN_WEEK = [Holiday(2026, date(2026, 10, n), "国庆节", is_off=True) for n in range(1, 8)]
TODAY = date(2026, 8, 31)


def calendar(*rules: DayRule, bells: Sequence[BellForm] = ()) -> Calendar:
    table = BellForm(None, "作息", "Bells", PERIODS)
    return Calendar(OTHERS, [TERM], (), days_of(GOLDEN_WEEK, rules, OTHERS), Bells(tuple(bells) or (table,)))


def sought(told: Told, **more: dict[str, object]) -> list[Sought]:
    """The told units as searching sees them; `more` says more of a unit, by its name."""
    return [
        Sought(
            id=unit.id,
            lab_id=unit.lab_id,
            base_id=unit.base_id,
            room_id=unit.room_id,
            kind=unit.kind,
            name_zh=name,
            name_en=name,
            capacity=unit.capacity,
            needs_approval=unit.needs_approval,
            setup_minutes=unit.setup_minutes,
            cleaning_minutes=unit.cleaning_minutes,
            retired_on=unit.retired_on,
            lab_name_zh=name,
            lab_name_en=name,
            seats=None,
            host_id=7,
            campus="",
            side=frozenset({7}),
            order=unit.id,
            words=name.casefold(),
        )._replace(**more.get(name, {}))
        for name, unit in told.units.items()
    ]


def town(told: Told, **more: dict[str, object]) -> Town:
    held: dict[int, Held] = {}
    for each in told.taken:
        text = write(each.span.start, each.span.end, each.quantity, each.exclusive, each.cause != "booking")
        held[each.unit_id] = Held((*held.get(each.unit_id, Held()).texts, text))
    return Town(sought(told, **more), told.situation.openings, held, told.limits, OTHERS)


def on(*days: date, start: str = "14:00", end: str = "15:40") -> Wanted:
    """All these days together, at this time."""
    return Wanted((Pattern(tuple(Slot(span(day, start, end)) for day in days)),))


def span(day: date, start: str, end: str) -> Span:
    return Span(*(at_local(day, int(text[:2]) * 60 + int(text[3:])) for text in (start, end)))


def names(told: Told, found: Findings) -> list[str]:
    """Each ranked choice: its units, and how many of the dates it covers."""
    by_id = {unit.id: name for name, unit in told.units.items()}
    return [
        f"{' + '.join(sorted(by_id[want.unit_id] for want in each.wants))} {len(each.fit.slots)}/{each.fit.of}"
        for each in found.ranked
    ]


def days_meant(meant: Wanted) -> list[str]:
    return [f"{local(slot.span.start):%m-%d %H:%M}" for pattern in meant.patterns for slot in pattern.slots]


TUESDAYS = [MONDAY + (1 + 7 * n) * DAY for n in range(4)]


# ── what a wish means on real teaching days ──


def afternoons(*rules: DayRule) -> Wanted:
    meetings, part = read_weeks("第3-10周 周二下午", TERM.weeks)
    return wanted(When(weekly=True, meetings=meetings, part=part), calendar(*rules), TERM, TODAY)


def test_every_tuesday_afternoon_of_weeks_3_to_10_leaves_the_holiday_out_and_says_so():
    meant = afternoons()
    assert [len(pattern.slots) for pattern in meant.patterns] == [7, 7]
    assert [pattern.slots[0].periods for pattern in meant.patterns] == ["5-6", "7-8"]
    assert [local_day(slot.span.start).isoformat() for slot in meant.patterns[0].slots] == [
        "2026-09-15", "2026-09-22", "2026-09-29", "2026-10-13", "2026-10-20", "2026-10-27", "2026-11-03",
    ]  # fmt: skip
    assert [(each.day, each.week, each.why.kind) for each in meant.lost] == [(date(2026, 10, 6), 6, "off")]


def test_a_make_up_day_gives_the_lost_tuesday_back():
    made_up = DayRule(1, 1, None, date(2026, 10, 10), "on", "补课", "", date(2026, 10, 6))
    meant = afternoons(made_up)
    assert "2026-10-10" in [local_day(slot.span.start).isoformat() for slot in meant.patterns[0].slots]
    assert meant.lost == ()
    assert meant.moved == ((date(2026, 10, 6), date(2026, 10, 10)),)


def test_a_week_string_with_periods_is_one_pattern_of_exactly_those():
    meetings, part = read_weeks("3-6周(双) 周二 3-4节; 3周 周四 1-2节", TERM.weeks)
    meant = wanted(When(weekly=True, meetings=meetings, part=part), calendar(), TERM, TODAY)
    assert len(meant.patterns) == 1
    assert days_meant(meant) == ["09-17 08:00", "09-22 10:05"]


@pytest.mark.parametrize("text", ["3-6周 上午下午", "3-6周 周二 3-4节; 周四 1-2节", "soon", "3-", "0周"])
def test_what_would_have_to_be_guessed_is_not_read(text):
    with pytest.raises(Unclear):
        read_weeks(text, TERM.weeks)


def test_periods_ring_in_summer_as_they_ring_in_summer():
    later = tuple(Period(each.number, each.start_minute + 30, each.end_minute + 30) for each in PERIODS)
    tables = [
        BellForm(None, "夏", "Summer", PERIODS, until_on=date(2026, 9, 16)),
        BellForm(None, "冬", "Winter", later, from_on=date(2026, 9, 16)),
    ]
    meetings, _ = read_weeks("3-4周 周二 5-6节", TERM.weeks)
    meant = wanted(When(weekly=True, meetings=meetings), calendar(bells=tables), TERM, TODAY)
    assert days_meant(meant) == ["09-15 14:00", "09-22 14:30"]


def test_days_without_weeks_run_the_timetable_they_run():
    """Saturday 10 October runs Tuesday's timetable: who looks for Tuesdays finds it, who looks for Saturdays does not."""
    made_up = DayRule(1, 1, None, date(2026, 10, 10), "on", "补课", "", date(2026, 10, 6))
    around = When(weekdays=(2,), first_day=date(2026, 10, 5), last_day=date(2026, 10, 11), count=2, first=1, last=2)
    assert days_meant(wanted(around, calendar(made_up), TERM, TODAY)) == ["10-10 08:00"]
    assert wanted(replace(around, weekdays=(6,)), calendar(made_up), TERM, TODAY).problem


def test_days_off_are_looked_through_when_asked_for():
    around = When(weekdays=(4,), first_day=date(2026, 10, 1), last_day=date(2026, 10, 1), by_clock=True)
    assert wanted(around, calendar(), TERM, TODAY).problem == "no_days"
    assert days_meant(wanted(replace(around, holidays=True), calendar(), TERM, TODAY))[:1] == ["10-01 08:00"]


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        (When(meetings=read_weeks("19周", 18)[0]), "outside_term"),
        (When(first_day=TODAY + 9 * DAY, last_day=TODAY + 2 * DAY), "backward"),
        (When(last_day=TODAY + 200 * DAY), "too_many_days"),
        (When(count=11), "no_periods"),
        (When(by_clock=True, minutes=600, part="evening"), "no_time"),
        (When(first_day=TODAY - 9 * DAY, last_day=TODAY - 2 * DAY), "weeks_over"),
        (When(last_day=TODAY + 139 * DAY, by_clock=True, minutes=5, since=0, until=1440), "too_much"),
    ],
)
def test_what_means_no_date_says_why(when, problem):
    assert wanted(when, calendar(), TERM, TODAY).problem == problem


def test_without_a_term_weeks_mean_nothing_and_days_do():
    meetings, _ = read_weeks("3-10周", 18)
    assert wanted(When(meetings=meetings), calendar(), None, TODAY).problem == "no_term"
    assert wanted(When(), calendar(), None, TODAY).patterns


# ── words ──


@pytest.mark.parametrize(
    ("text", "words", "fits"),
    [
        ("数控车床", "ck6140 数控车床", True),
        ("数控 车床", "卧式车床 数控", True),
        ("数控 铣床", "数控车床", False),
        ("A101 或 A102", "a102 机房", True),
        ("lathe or mill", "milling mill", True),
        ("lathe or mill", "store of oil", False),
        ("ＣＫ６１４０", "ck6140", True),
        ("A0205", "冷却塔", True),
        ("0205", "冷却塔", False),
        ("或", "anything", True),
    ],
)
def test_words_are_found_in_any_spelling_and_codes_by_their_beginning(text, words, fits):
    assert suits(text, words, ("a02050103",)) is fits


def test_words_mean_the_unit_itself_and_features_whatever_stands_in_its_lab(told):
    """
    unit R1 room / unit lathe in R1 / unit R2 room / unit saw in R2
    """
    there = town(told)
    by_kind = {
        kind: names(told, find(Wish((Need(text="lathe", kind=kind),)), on(*TUESDAYS), there, series=True))
        for kind in ("room", "machine", "", "usual")
    }
    assert by_kind == {"room": [], "machine": ["lathe 4/4"], "": ["lathe 4/4"], "usual": ["lathe 4/4"]}
    equipped = Wish((Need(kind="room"),), features="saw")
    assert names(told, find(equipped, on(*TUESDAYS), there, series=True)) == ["R2 4/4"]


# ── which choices, in which order, and why ──


def test_what_covers_more_dates_comes_first_and_says_what_is_missing(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1
    open 08:00-18:00
    taken lathe1 2026-09-15 14:00-15:00 Wang
    closed lathe1 2026-09-22 10:00-15:00
    """
    found = find(Wish((Need(kind="machine"),)), on(*TUESDAYS), town(told), series=True)
    assert names(told, found) == ["lathe2 4/4", "lathe1 2/4"]
    assert [(f"{local(each.slot.span.start):%m-%d}", each.why) for each in found.ranked[1].fit.missing] == [
        ("09-15", "taken"),
        ("09-22", "closed"),
    ]


def test_with_equal_cover_the_wished_campus_then_ones_own_then_no_approval_then_the_smallest_come_first(told):
    """
    unit far room / unit large room / unit asks room / unit own room / unit small room
    """
    east = {"host_id": 7, "campus": "东"}
    there = town(
        told,
        far={"seats": 40},
        large={**east, "seats": 90},
        asks={**east, "seats": 40, "needs_approval": True},
        own={**east, "seats": 120, "side": frozenset({OTHERS})},
        small={**east, "seats": 45},
    )
    wish = Wish((Need(kind="room"),), people=38, near=(7, "东"))
    found = find(wish, on(*TUESDAYS), there, series=True)
    assert names(told, found) == ["own 4/4", "small 4/4", "large 4/4", "asks 4/4", "far 4/4"]
    assert [(each.nearness, each.is_own, each.needs_approval) for each in found.ranked] == [
        (0, True, False), (0, False, False), (0, False, False), (0, False, True), (1, False, False),
    ]  # fmt: skip
    only = find(replace(wish, only_near=True, direct=True), on(*TUESDAYS), there, series=True)
    assert names(told, only) == ["own 4/4", "small 4/4", "large 4/4"]


def test_what_she_may_use_at_once_comes_before_what_she_may_not_and_never_before_more_dates_or_no_approval(told):
    """
    unit asks room / unit small room / unit large room
    taken large 2026-09-15 14:00-15:00 Wang
    """
    there = town(told, small={"seats": 40}, large={"seats": 90}, asks={"seats": 30, "needs_approval": True})
    units = {unit.id: unit for unit in told.units.values()}
    for safe in ("small", "large", "asks"):
        duties = {unit.id: Duties(safety=name != safe) for name, unit in told.units.items()}
        ready = Readiness(1, OTHERS, Standing(units, duties))
        first = Slot(span(TUESDAYS[0], "14:00", "15:40"))
        judged = replace(there, readiness=ready, lacking=ready.lacking(there.units, first))
        free, part = on(*TUESDAYS[:1]), on(*TUESDAYS)
        once = [told.units[safe].id, *(told.units[each].id for each in ("small", "large") if each != safe)]
        ranked = find(Wish((Need(kind="room"),)), free, judged, series=True).ranked
        assert [each.wants[0].unit_id for each in ranked][:2] == (once if safe != "asks" else once[1:])
        assert [each.lacks for each in ranked if each.wants[0].unit_id == told.units[safe].id] == [()]
        whole = find(Wish((Need(kind="room"),)), part, judged, series=True).ranked
        assert [len(each.fit.slots) for each in whole] == [4, 4, 3]
        assert whole[0].lacks == ((whole[0].wants[0].unit_id, "safety"),) or safe == "small"


def test_rooms_too_small_for_the_people_are_left_out(told):
    """unit small room / unit large room / unit unknown room"""
    there = town(told, small={"seats": 20}, large={"seats": 60})
    found = find(Wish((Need(kind="room"),), people=38), on(*TUESDAYS), there, series=True)
    assert names(told, found) == ["unknown 4/4", "large 4/4"]


def test_only_what_the_chosen_owners_own(told):
    """unit ours room / unit theirs room"""
    there = town(told, ours={"side": frozenset({7, 30})})
    found = find(Wish((Need(kind="room"),), owner_ids=frozenset({30})), on(*TUESDAYS), there, series=True)
    assert names(told, found) == ["ours 4/4"]


WORKSHOP = """
    unit R1 room / unit A in R1 / unit B in R1 / unit D1 in R1 / unit D2 in R1
    unit R2 room / unit C in R2 / unit D3 in R2
    open 08:00-18:00
"""
ONE_OF_ABC_AND_TWO_OF_D = Wish((Need(1, "A or B or C", "machine"), Need(2, "D1 or D2 or D3", "machine")))


def one_of_abc_and_two_of_d(story: str, *, series: bool = True) -> tuple[Told, Findings]:
    told = tell(WORKSHOP + story)
    return told, find(ONE_OF_ABC_AND_TWO_OF_D, on(*TUESDAYS), town(told), series=series)


def test_one_of_a_b_or_c_and_two_of_d_prefers_the_same_lab():
    told, found = one_of_abc_and_two_of_d("")
    assert names(told, found)[0] == "A + D1 + D2 4/4"
    assert found.ranked[0].spread == LAB


def test_one_of_a_b_or_c_and_two_of_d_takes_another_lab_where_its_own_is_not_free():
    told, found = one_of_abc_and_two_of_d("taken D1 weekly 9 08:00-18:00 Wang / taken D1 Tue 14:00-15:00 Li")
    best = found.ranked[0]
    assert names(told, found)[0] in ("A + D2 + D3 4/4", "B + D2 + D3 4/4", "C + D2 + D3 4/4")
    assert best.spread == BASE
    assert "A + D1 + D2 3/4" in names(told, found)


def test_one_of_a_b_or_c_and_two_of_d_says_so_where_only_one_d_is_free():
    taken = " / ".join(f"taken {name} {day} 14:00-15:00 W" for name in ("D1", "D2") for day in TUESDAYS)
    told, found = one_of_abc_and_two_of_d(taken)
    assert found.is_empty
    assert count(Wish(ONE_OF_ABC_AND_TWO_OF_D.needs[:1]), on(*TUESDAYS), town(told)) == 3


def test_a_unit_that_two_lines_would_take_is_taken_once(told):
    """unit R room / unit A in R / unit B in R"""
    both = Wish((Need(1, "A or B", "machine"), Need(1, "A", "machine")))
    found = find(both, on(*TUESDAYS), town(told), series=True)
    assert names(told, found) == ["A + B 4/4"]
    thrice = Wish((Need(2, "A or B", "machine"), Need(1, "A", "machine")))
    assert find(thrice, on(*TUESDAYS), town(told), series=True).is_empty


def test_two_of_a_set_of_identical_machines_are_two_of_one_unit(told):
    """
    unit R room / unit D pool of 3 in R
    taken 2 D 2026-09-15 14:00-15:00 Wang
    """
    found = find(Wish((Need(2, "D"),)), on(*TUESDAYS), town(told), series=True)
    assert names(told, found) == ["D 3/4"]
    assert found.ranked[0].wants == (Want(told.units["D"].id, 2),)


def test_one_date_is_answered_by_time_the_soonest_first(told):
    """
    unit R1 room / unit R2 room / open 08:00-18:00 / taken R1 2026-09-08 14:00-15:00 Wang
    """
    single = Wanted(tuple(Pattern(on(day).patterns[0].slots) for day in TUESDAYS[:2]))
    found = find(Wish(), single, town(told), series=False)
    assert [(f"{local(time.slot.span.start):%m-%d}", len(time.found)) for time in found.times] == [
        ("09-08", 1),
        ("09-15", 2),
    ]
    assert found.total == 2


def test_nothing_is_offered_outside_its_hours_in_the_past_or_after_it_is_gone(told):
    """
    now 2026-09-09 07:00
    unit late room until 2026-09-20 / unit never room
    open late 08:00-18:00 / open never 08:00-14:30
    """
    found = find(Wish((Need(kind="room"),)), on(*TUESDAYS), town(told), series=True)
    assert names(told, found) == ["late 1/4"]
    assert [each.why for each in found.ranked[0].fit.missing] == ["past", "gone", "gone"]


def test_units_of_the_whole_city_are_put_together_where_no_base_has_them(told):
    """unit A / unit B"""
    there = town(told, B={"base_id": 2, "host_id": 8, "lab_id": 99})
    found = find(Wish((Need(1, "A"), Need(1, "B"))), on(*TUESDAYS), there, series=True)
    assert names(told, found) == ["A + B 4/4"]
    assert found.ranked[0].spread == CITY


# ── everything offered can be had, and what can be had is found ──

minutes = st.integers(0, 47).map(lambda n: n * 30)
stories = st.builds(
    lambda takings, setup, cleaning: (takings, setup, cleaning),
    st.lists(
        st.tuples(
            st.sampled_from(["R", "A", "B", "P"]), st.integers(0, 3), minutes, st.integers(1, 8), st.integers(1, 3)
        ),
        max_size=12,
    ),
    st.sampled_from([0, 10]),
    st.sampled_from([0, 25]),
)


def laid_down(story) -> Told:
    takings, setup, cleaning = story
    told = tell(
        f"""
        unit R room
        unit A setup {setup} cleaning {cleaning} in R
        unit B in R
        unit P pool of 4 cleaning {cleaning} in R
        open A 07:00-20:00
        """
    )
    for name, week, start, halves, quantity in takings:
        end = min(start + 30 * halves, 1440)
        if end > start:
            many = f"{quantity} " if name == "P" else ""
            day = TUESDAYS[week]
            told.read(
                f"taken {many}{name} {day} {start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d} W".split()
            )
    return told


wishes = st.sampled_from(
    [
        Wish((Need(kind=""),)),
        Wish((Need(2, kind=""),)),
        Wish((Need(1, "A or B", "machine"), Need(3, "P"))),
        Wish((Need(2, "A or B or P", ""),)),
        Wish((Need(kind="room"),)),
    ]
)
patterns = st.lists(st.tuples(st.integers(8 * 2, 20 * 2), st.integers(1, 5)), min_size=1, max_size=3, unique=True)


def meaning(times) -> Wanted:
    found = []
    for half, length in times:
        slots = tuple(Slot(Span(at_local(day, half * 30), at_local(day, half * 30 + length * 30))) for day in TUESDAYS)
        found.append(Pattern(slots))
    return Wanted(tuple(found))


@given(stories, wishes, patterns, st.booleans())
def test_everything_offered_is_let_through_by_the_rule_itself(story, wish, times, series):
    told, meant = laid_down(story), meaning(times)
    found = find(wish, meant, town(told), series=series)
    offers = [(each.wants, fit.slots) for each in found.ranked for fit in (each.fit, *each.others)]
    offers += [(each.wants, each.fit.slots) for time in found.times for each in time.found]
    for wants, slots in offers:
        asked = Asked(wants, slots, "teaching", "x", OTHERS, 1)
        assert reasons_to_refuse(asked, told.situation) == []


@given(stories, patterns)
def test_the_quick_answer_for_one_unit_is_the_slow_ones(story, times):
    told, meant = laid_down(story), meaning(times)
    window = Span(day_span(TUESDAYS[0]).start, day_span(TUESDAYS[-1]).end)
    slots = {slot for pattern in meant.patterns for slot in pattern.slots}
    for name in ("R", "A", "B", "P"):
        unit_id = told.units[name].id
        single = Wish((Need(unit_ids=(unit_id,)),))
        alone = Wanted(tuple(Pattern((slot,)) for slot in slots))
        found = {time.slot for time in find(single, alone, town(told), series=False).times}
        space = Space((Want(unit_id),), told.situation, window)
        assert found == {slot for slot in slots if space.fits(slot.span)}


masks = st.integers(0, 31)
sets = st.lists(st.tuples(st.integers(1, 5), masks), max_size=5, unique_by=lambda each: each[0])
parts_of = st.lists(st.tuples(st.integers(1, 2), sets), min_size=1, max_size=3)


def every_way(parts: list[Part], bit: int) -> bool:
    """By trying everything: whether there is a choice in this slot."""

    def rest(at: int, left: int, used: frozenset[int]) -> bool:
        if left == 0:
            at, left = at + 1, parts[at + 1].many if at + 1 < len(parts) else 0
        if at == len(parts):
            return True
        return any(
            free.mask & bit and free.unit_id not in used and rest(at, left - 1, used | {free.unit_id})
            for free in parts[at].singles
        )

    return rest(0, parts[0].many, frozenset())


@given(parts_of)
def test_units_are_put_together_wherever_there_is_a_way(given_parts):
    parts = [Part(many, tuple(Free(unit_id, 1, mask) for unit_id, mask in told), ()) for many, told in given_parts]
    for bit in (1, 2, 4, 8, 16):
        made = matched(parts, bit)
        assert (made is not None) is every_way(parts, bit)
        if made is not None:
            assert possible(parts) & bit
            assert len({free.unit_id for free in made.units}) == sum(part.many for part in parts)
    covered = fullest(parts, 31)
    assert bool(covered) is any(every_way(parts, bit) for bit in (1, 2, 4, 8, 16))
    assert all(made.mask & 31 for made in covered)


def test_buffers_and_claims_are_those_of_the_booking_rule(told):
    """
    unit R room / unit A setup 10 cleaning 25 in R
    taken R 2026-09-08 15:50-16:30 Wang
    """
    found = find(Wish((Need(kind="machine"),)), on(TUESDAYS[0]), town(told), series=True)
    assert found.is_empty
    assert claims((Want(told.units["A"].id),), told.by_id)[1].after == timedelta(minutes=25)
