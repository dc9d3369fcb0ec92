"""Faults: reported by whoever stands there, confirmed by the keeper; nobody hit is left without a word or a way out."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.booking.actions import faults as actions
from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.jobs.faults import run_faults
from app.foundation.timespan import Span, at_local, local
from app.timetable.rules.faults import Finding
from app.timetable.store import faults as store
from tests import world
from tests.stories.workshop import Answer, Somebody, Workshop, dates_of, reading, statements, units_held, version_of

_keys = itertools.count(1)


_travels: list[ExitStack] = []


@pytest.fixture
def monday(workshop: Workshop) -> Iterator[date]:
    """The Monday of teaching week 1, at 7:30 in the morning."""
    with ExitStack() as stack:
        _travels[:] = [stack]
        it_is(workshop, workshop.day(1, 1), "07:30")
        yield workshop.day(1, 1)


def instant(day: date, time: str) -> datetime:
    hour, _, minute = time.partition(":")
    return at_local(day, int(hour) * 60 + int(minute))


def it_is(workshop: Workshop, day: date, time: str) -> None:
    """Time has gone on to this moment; everybody comes in again."""
    _travels[0].enter_context(time_machine.travel(instant(day, time), tick=False))
    for person in workshop._people.values():
        with reading():
            person.client = world.signed_in(workshop.app, person.id, person.acting, "en")


def written(day: date, time: str) -> str:
    return f"{day.isoformat()}T{time}"


def reports(who: Somebody, unit: int, words: str = "The spindle screams", **fields: Any) -> Answer:
    values = {"words": words, "severity": "unusable", "began_at": "", "key": f"fault-key-{next(_keys):05d}"}
    return who.sends(f"/units/{unit}/report-fault", values | fields)


def number(answer: Answer) -> int:
    found = re.search(r"/faults/(\d+)$", answer.location)
    assert found, answer.words[:600]
    return int(found[1])


def version(fault_id: int) -> int:
    with reading():
        fault = store.find(fault_id)
    assert fault is not None
    return fault.version


def confirms(who: Somebody, fault_id: int, since: str, until: str = "", **fields: Any) -> Answer:
    values = {"began_at": since, "expected_until": until, "severity": "unusable", "cause": "wear", "quantity": "1"}
    return who.sends(f"/faults/{fault_id}/confirm", values | {"version": version(fault_id)} | fields)


def settles(who: Somebody, fault_id: int, booking: int | str, deed: str, note: str = "") -> Answer:
    values = {"booking": booking, "deed": deed, "note": note}
    if isinstance(booking, int):
        values["version"] = version_of(booking)
    who.sends(f"/faults/{fault_id}/bookings", values)
    return who.opens(f"/faults/{fault_id}")


def repairs(who: Somebody, fault_id: int, at: str = "", **fields: Any) -> Answer:
    values = {"ended_at": at, "cause": "wear", "words": "New bearing", "cost_source": "maintenance fund"}
    return who.sends(f"/faults/{fault_id}/repair", values | {"version": version(fault_id)} | fields)


def notices(who: Somebody) -> str:
    return who.opens("/notices").words


def broken(workshop: Workshop, unit: int, day: date, until: str = "", **fields: Any) -> int:
    """A confirmed fault of a unit since 7:30 of the day."""
    fault_id = number(reports(workshop.teacher, unit))
    answer = confirms(workshop.keeper, fault_id, written(day, "07:30"), until, **fields)
    assert answer.status == 303, answer.words[:900]
    return fault_id


def test_fault_on_monday_morning(workshop: Workshop, monday: date):
    """Told from the label on the machine to the hours that it stood still."""
    moved = workshop.colleague.asks_for(workshop.lathe, on=monday, at="10:00-11:40", title="To move").booking_id
    lost = workshop.trainer.asks_for(
        workshop.lathe, on=workshop.day(1, 2), at="08:00-09:40", title="To lose"
    ).booking_id
    left = workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 3), at="08:00-09:40", title="Left").booking_id
    keeper, teacher = workshop.keeper, workshop.teacher

    # the teacher scans the label and reports
    label = keeper.opens(f"/bases/{workshop.base}/labels")
    assert f"/units/{workshop.lathe}/report-fault" in label.text
    assert "<svg" in label.text
    assert "Lathe 1" in teacher.opens(f"/units/{workshop.lathe}/report-fault").words
    fault_id = number(reports(teacher, workshop.lathe))
    assert "Fault reported: Lathe 1" in notices(keeper)
    assert "nobody has looked at it yet" in teacher.opens(f"/units/{workshop.lathe}").words
    assert notices(workshop.colleague).count("Out of order") == 0  # nobody is alarmed before the keeper has looked

    # the keeper confirms: until Wednesday noon
    answer = confirms(keeper, fault_id, written(monday, "07:30"), written(workshop.day(1, 3), "12:00"))
    assert answer.status == 303, answer.words[:900]
    assert "Your report was confirmed: Lathe 1" in notices(teacher)
    assert notices(workshop.colleague).count("Out of order at your time") == 2
    assert notices(workshop.trainer).count("Out of order at your time") == 1
    shown = keeper.opens(f"/faults/{fault_id}").words
    assert all(title in shown for title in ("To move", "To lose", "Left"))
    assert "Lathe 2" in shown
    assert "at the same time" in shown

    # new bookings in the time are refused with the reason and with other choices
    refused = teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="14:00-15:40")
    assert refused.status == 409
    assert "Lathe 1 is out of order, expected until" in refused.words
    assert "Lathe 2" in refused.words
    assert teacher.asks_for(workshop.lathe, on=workshop.day(1, 3), at="12:00-13:40").was_booked

    # one is moved with one press, one cancelled, one left
    assert "“To move” is moved: Lathe 2" in settles(keeper, fault_id, moved, "move").words
    assert units_held(moved) == {(workshop.other_lathe, 1)}
    assert dates_of(moved)[0][1:] == (monday.isoformat(), "10:00-11:40", "confirmed")
    assert "“To lose”: 1 date is cancelled" in settles(keeper, fault_id, lost, "cancel", "No lathe to spare").words
    assert dates_of(lost)[0][3] == "cancelled"
    assert "Booking moved" in notices(workshop.colleague)
    assert "Booking cancelled" in notices(workshop.trainer)
    page = keeper.opens(f"/faults/{fault_id}").words
    assert "Moved" in page
    assert "Cancelled" in page
    assert "Left" in page
    assert units_held(left) == {(workshop.lathe, 1)}

    # repaired on Tuesday: told again, free at once
    it_is(workshop, workshop.day(1, 2), "13:00")
    assert repairs(keeper, fault_id, written(workshop.day(1, 2), "12:30")).status == 303
    assert "your booking can go ahead as it stands" in notices(workshop.colleague)
    assert "the time may be free now" in notices(workshop.trainer)
    assert "What you reported is repaired: Lathe 1" in notices(teacher)
    assert teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="14:00-15:40").was_booked

    # downtime by cause, exact: Monday 7:30 to Tuesday 12:30 are 29 hours
    days = f"from={monday.isoformat()}&to={workshop.day(1, 2).isoformat()}"
    report = keeper.opens(f"/faults/downtime?{days}&format=csv").text
    assert "Lathe 1,lathe,29.0,29.0" in report, report
    only_monday = keeper.opens(f"/faults/downtime?from={monday}&to={monday}&format=csv").text
    assert "Lathe 1,lathe,16.5,16.5" in only_monday
    assert "How it is reckoned" in keeper.opens(f"/faults/downtime?{days}").words


def test_her_own_page_offers_other_places_and_one_press_takes_one(workshop: Workshop, monday: date):
    booking = workshop.colleague.asks_for(workshop.lathe, on=monday, at="10:00-11:40").booking_id
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "12:00"))
    shown = workshop.colleague.opens(f"/bookings/{booking}/instead")
    assert "Lathe 1 is out of order" in shown.words
    assert "Lathe 2" in shown.words
    assert "out of order" in workshop.colleague.opens(f"/bookings/{booking}").words
    way = html.unescape(shown.values("way")[0])
    pressed = workshop.colleague.sends(
        f"/bookings/{booking}/instead", {"way": way, "fault": fault_id, "version": version_of(booking)}
    )
    assert pressed.location.endswith(f"/bookings/{booking}")
    assert units_held(booking) == {(workshop.other_lathe, 1)}
    assert "Nothing is in its way" in workshop.colleague.opens(f"/bookings/{booking}/instead").words
    assert workshop.trainer.opens(f"/bookings/{booking}/instead").status == 404
    stranger = workshop.trainer.sends(
        f"/bookings/{booking}/instead", {"way": way, "fault": fault_id, "version": version_of(booking)}
    )
    assert stranger.status == 404


def test_where_the_twin_is_taken_too_the_nearest_time_is_offered(workshop: Workshop, monday: date):
    booking = workshop.colleague.asks_for(workshop.lathe, on=monday, at="10:00-11:40").booking_id
    workshop.trainer.asks_for(workshop.other_lathe, on=monday, at="10:00-11:40")
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "13:00"))
    settles(workshop.keeper, fault_id, booking, "move")
    [(_, day, time, state)] = dates_of(booking)
    assert (day, state) == (monday.isoformat(), "confirmed")
    assert (time, units_held(booking)) != ("10:00-11:40", {(workshop.lathe, 1)})


def test_one_date_of_a_series_is_moved_and_the_others_stay(workshop: Workshop, monday: date):
    values = {"repeat": "until", "until": workshop.day(3, 1).isoformat(), "weekday": ["1"]}
    booking = workshop.colleague.asks_for(workshop.lathe, on=monday, at="10:00-11:40", **values).booking_id
    before = dates_of(booking)
    assert len(before) == 3
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "18:00"))
    settles(workshop.keeper, fault_id, booking, "move")
    after = dates_of(booking)
    assert after[1:] == before[1:]
    assert after[0][:1] == before[0][:1]
    assert after[0][1:3] != before[0][1:3]
    assert units_held(booking) == {(workshop.lathe, 1)}


def test_all_of_them_at_once_each_with_its_own_result(workshop: Workshop, monday: date):
    """Three want the same time on two machines: what cannot be moved is said, and stays."""
    friday = workshop.day(1, 5)
    ids = [
        workshop.colleague.asks_for(
            workshop.lathe, on=monday, at=f"{hour}:00-{hour + 1}:00", title=f"At {hour}"
        ).booking_id
        for hour in (10, 14)
    ]
    fault_id = broken(workshop, workshop.lathe, monday, written(friday, "12:00"))
    said = settles(workshop.keeper, fault_id, "all", "move").words
    assert "“At 10” is moved" in said
    assert "“At 14” is moved" in said
    assert [units_held(each) for each in ids] == [{(workshop.other_lathe, 1)}] * 2
    assert "No coming booking is in its way" in said


def test_what_is_reported_or_still_usable_keeps_nobody_from_booking(workshop: Workshop, monday: date):
    fault_id = number(reports(workshop.teacher, workshop.lathe))
    assert workshop.colleague.asks_for(workshop.lathe, on=monday, at="10:00-11:00").was_booked
    confirms(workshop.keeper, fault_id, written(monday, "07:30"), severity="usable")
    assert workshop.colleague.asks_for(workshop.lathe, on=monday, at="11:00-12:00").was_booked
    assert "but can be used" in workshop.teacher.opens(f"/units/{workshop.lathe}").words


def test_without_an_expected_end_it_is_closed_two_weeks_ahead_and_the_clock_moves_that_on(
    workshop: Workshop, monday: date
):
    fault_id = broken(workshop, workshop.lathe, monday)
    far = workshop.day(3, 2)
    assert workshop.colleague.asks_for(workshop.lathe, on=workshop.day(2, 5), at="10:00-11:00").status == 409
    assert workshop.colleague.asks_for(workshop.lathe, on=far, at="10:00-11:00").was_booked
    it_is(workshop, workshop.day(1, 3), "08:00")
    with reading():
        assert run_faults(clock.now()) == "blocked: 1"
        assert run_faults(clock.now()) == ""
    assert "Out of order at your time" in notices(workshop.colleague)  # whom it reached only now
    assert workshop.colleague.asks_for(workshop.lathe, on=far, at="14:00-15:00").status == 409
    assert "Nobody knows yet until when" in workshop.keeper.opens(f"/faults/{fault_id}").words


def test_what_should_work_by_now_stays_blocked_and_the_keeper_is_reminded(workshop: Workshop, monday: date):
    broken(workshop, workshop.lathe, monday, written(monday, "12:00"))
    it_is(workshop, monday, "12:00")
    with reading():
        assert run_faults(clock.now()) == "blocked: 1"
    assert "Still out of order?: Lathe 1" in notices(workshop.keeper)
    assert workshop.colleague.asks_for(workshop.lathe, on=monday, at="14:00-15:00").status == 409


def test_it_works_earlier_than_expected_and_who_is_no_longer_hit_is_told(workshop: Workshop, monday: date):
    booking = workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 3), at="10:00-11:00").booking_id
    fault_id = broken(workshop, workshop.lathe, monday, written(workshop.day(1, 4), "12:00"))
    confirms(workshop.keeper, fault_id, written(monday, "07:30"), written(workshop.day(1, 2), "12:00"))
    assert "your booking can go ahead as it stands" in notices(workshop.colleague)
    confirms(workshop.keeper, fault_id, written(monday, "07:30"), written(workshop.day(1, 4), "12:00"))
    assert units_held(booking) == {(workshop.lathe, 1)}
    assert "No coming booking" not in workshop.keeper.opens(f"/faults/{fault_id}").words


def test_of_many_stations_one_is_broken_and_the_others_are_still_had(workshop: Workshop, monday: date):
    fits = workshop.colleague.asks_for(
        workshop.stations, on=monday, at="10:00-11:00", **{f"quantity_{workshop.stations}": "19"}
    ).booking_id
    full = workshop.trainer.asks_for(
        workshop.stations, on=monday, at="14:00-15:00", **{f"quantity_{workshop.stations}": "20"}
    ).booking_id
    fault_id = broken(workshop, workshop.stations, monday, written(monday, "18:00"), quantity="1")
    with reading():
        seen = actions.seen(actor_of(workshop.keeper), fault_id, clock.now())
    assert [hit.booking.id for hit in seen.hits] == [full] != [fits]
    refused = workshop.teacher.asks_for(
        workshop.stations, on=monday, at="16:00-17:00", **{f"quantity_{workshop.stations}": "20"}
    )
    assert refused.status == 409
    assert "only 19 free" in refused.words


def actor_of(who: Somebody):
    from app.consortium.store import entry

    present = entry.presence_of(who.id, None, local(clock.now()).date())
    assert present is not None
    return present.actor


def test_a_room_can_be_booked_whole_although_one_of_its_machines_is_broken(workshop: Workshop, monday: date):
    whole = workshop.colleague.asks_for(workshop.room, on=monday, at="10:00-11:00").booking_id
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "18:00"))
    assert "Lathe 1 in the room that you have booked is out of order" in notices(workshop.colleague)
    assert "can go ahead without the machine" in workshop.keeper.opens(f"/faults/{fault_id}").words
    assert workshop.teacher.asks_for(workshop.room, on=monday, at="14:00-15:00").was_booked
    assert units_held(whole) == {(workshop.room, 1)}


def test_in_a_broken_room_no_machine_can_be_had(workshop: Workshop, monday: date):
    broken(workshop, workshop.room, monday, written(monday, "18:00"), cause="power")
    refused = workshop.colleague.asks_for(workshop.lathe, on=monday, at="10:00-11:00")
    assert refused.status == 409
    assert "is out of order" in refused.words


def test_the_grid_and_finding_do_not_offer_what_is_broken(workshop: Workshop, monday: date):
    broken(workshop, workshop.lathe, monday, written(monday, "18:00"))
    day = workshop.teacher.opens(f"/book?lab={workshop.lab}&view=day&day={monday}")
    assert "Out of order" in day.text
    found = workshop.teacher.opens(
        f"/book/find?asked=1&kind=machine&from={monday}&to={monday}&text=Lathe&hours=1&since=10:00&until=12:00"
    )
    assert found.status == 200
    assert f"unit={workshop.lathe}&" not in html.unescape(found.text)


def test_a_report_that_was_nothing_is_put_aside_with_words(workshop: Workshop, monday: date):
    fault_id = number(reports(workshop.teacher, workshop.lathe))
    silent = workshop.keeper.sends(f"/faults/{fault_id}/dismiss", {"version": version(fault_id), "words": " "})
    assert silent.status == 422
    assert "please fill this in" in silent.words
    said = workshop.keeper.sends(f"/faults/{fault_id}/dismiss", {"version": version(fault_id), "words": "Switched off"})
    assert said.status == 303
    assert "Your report was put aside: Lathe 1" in notices(workshop.teacher)
    assert "Switched off" in workshop.teacher.opens(f"/faults/{fault_id}").words
    again = confirms(workshop.keeper, fault_id, written(monday, "07:30"))
    assert again.status == 409
    assert "it was no fault" in again.words


def test_who_may_see_and_do_what(workshop: Workshop, monday: date):
    booking = workshop.trainer.asks_for(workshop.lathe, on=monday, at="10:00-11:40", title="Secret work").booking_id
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "18:00"))
    own = workshop.teacher.opens(f"/faults/{fault_id}")  # she reported it
    assert own.status == 200
    assert "Secret work" not in own.text
    assert "Trainer" not in own.text
    assert workshop.trainer.opens(f"/faults/{fault_id}").status == 404
    assert "Lathe 1" not in workshop.trainer.opens("/faults").words
    assert "Lathe 1" in workshop.keeper.opens("/faults?state=open").words
    for path in ("confirm", "repair", "dismiss", "bookings"):
        assert workshop.teacher.sends(f"/faults/{fault_id}/{path}", {"version": "1"}).status == 403
    assert workshop.trainer.opens("/faults/downtime").status == 403
    assert dates_of(booking)[0][3] == "confirmed"


def test_a_stale_page_changes_nothing(workshop: Workshop, monday: date):
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "18:00"))
    stale = repairs(workshop.keeper, fault_id, version=1)
    assert stale.status == 409
    assert "changed this meanwhile" in stale.words
    assert "Out of order" in workshop.keeper.opens(f"/faults/{fault_id}").words


def test_the_list_is_filtered_sorted_and_taken_along(workshop: Workshop, monday: date):
    broken(workshop, workshop.lathe, monday, cause="power")
    broken(workshop, workshop.laser, monday, cause="software")
    keeper = workshop.keeper
    assert "Lathe 1" not in keeper.opens("/faults?cause=software").words
    assert "Laser" in keeper.opens(f"/faults?base={workshop.base}&sort=-unit").words
    assert "Nothing matches" in keeper.opens("/faults?state=repaired").words
    export = keeper.opens("/faults?format=csv&sort=unit").text
    assert "Power, water, air" in export
    assert "The spindle screams" in export
    assert keeper.opens("/faults?state=nonsense&sort=x&page=99&base=0&cause=nothing").status == 200
    for query in ("from=x&to=y", "from=2026-01-01", "from=9999-12-31&to=0001-01-01", "base=999999"):
        assert keeper.opens(f"/faults/downtime?{query}").status == 200


def test_a_report_sent_twice_is_one_fault(workshop: Workshop, monday: date):
    first = number(reports(workshop.teacher, workshop.lathe, key="the-same-key-0001"))
    assert number(reports(workshop.teacher, workshop.lathe, key="the-same-key-0001")) == first
    wrong = reports(workshop.teacher, workshop.lathe, words="  ", began_at="2099-01-01T00:00", severity="worse")
    assert wrong.status == 422
    assert workshop.teacher.opens("/units/999999/report-fault").status == 404
    assert reports(workshop.teacher, 999999).status == 404


def test_what_covers_a_time_is_told_to_whoever_judges_use(workshop: Workshop, monday: date):
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "12:00"))
    day = Span(instant(monday, "00:00"), instant(monday, "24:00"))
    with reading():
        assert store.faults_covering([workshop.lathe, workshop.laser], day) == {
            workshop.lathe: [Span(instant(monday, "07:30"), day.end)]
        }
    it_is(workshop, monday, "11:00")
    repairs(workshop.keeper, fault_id)
    with reading():
        assert store.faults_covering([workshop.lathe], day) == {
            workshop.lathe: [Span(instant(monday, "07:30"), instant(monday, "11:00"))]
        }


def test_who_waits_gets_the_time_when_the_machine_works_again(workshop: Workshop, monday: date):
    from tests.stories.test_waiting_list import offer_of, standby, waits

    fault_id = broken(workshop, workshop.lathe, monday, written(workshop.day(1, 3), "12:00"))
    waits(workshop.colleague, standby(workshop, workshop.lathe))
    assert offer_of(workshop.colleague) is None
    it_is(workshop, monday, "12:00")
    repairs(workshop.keeper, fault_id)
    assert offer_of(workshop.colleague) is not None


def test_a_page_costs_no_more_for_many_in_its_way_than_for_some(workshop: Workshop, monday: date):
    for hour in range(8, 20):
        workshop.colleague.asks_for(workshop.room, on=monday, at=f"{hour}:00-{hour}:30")
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "09:00"))
    with statements() as few:
        workshop.keeper.opens(f"/faults/{fault_id}")
    confirms(workshop.keeper, fault_id, written(monday, "07:30"), written(monday, "22:00"))
    with statements() as many:
        workshop.keeper.opens(f"/faults/{fault_id}")
    assert len(many) == len(few)


def test_confirming_twice_from_a_program_keeps_one_time(workshop: Workshop, monday: date):
    fault_id = broken(workshop, workshop.lathe, monday, written(monday, "12:00"))
    finding = Finding(instant(monday, "07:30"), instant(monday, "15:00"), "unusable", "wear")
    with reading():
        kept = transaction(
            lambda: actions.confirm(actor_of(workshop.keeper), fault_id, version(fault_id), finding, now=clock.now())
        )
    assert kept.blocks == Span(instant(monday, "07:30"), instant(monday, "15:00"))
    assert timedelta(hours=7.5) == kept.blocks.length


# ── planned maintenance ──


def closing(workshop: Workshop, unit: int, day: date, **fields: Any) -> dict[str, Any]:
    return {
        "what": f"unit:{unit}",
        "kind": "maintenance",
        "first_day": day.isoformat(),
        "first_time": "08:00",
        "last_day": day.isoformat(),
        "last_time": "18:00",
        "reason": "Yearly service",
    } | fields


def test_what_is_in_the_way_of_maintenance_is_moved_or_cancelled_with_one_press(workshop: Workshop, monday: date):
    tuesday, path = workshop.day(1, 2), f"/bases/{workshop.base}/closures"
    moved = workshop.colleague.asks_for(workshop.lathe, on=tuesday, at="10:00-11:40", title="To move").booking_id
    lost = workshop.trainer.asks_for(workshop.lathe, on=tuesday, at="13:00-14:00", title="To lose").booking_id
    values = closing(workshop, workshop.lathe, tuesday)
    refused = workshop.keeper.sends(path, values)
    assert refused.status == 409
    assert "To move" in refused.words
    assert "Lathe 2" in refused.words
    assert f'href="/bookings/{lost}"' in refused.text

    press = values | {"booking": moved, "deed": "move", "version": version_of(moved)}
    said = workshop.keeper.sends(f"{path}/clear", press)
    assert "“To move” is moved: Lathe 2" in said.words
    assert units_held(moved) == {(workshop.other_lathe, 1)}
    press = values | {"booking": lost, "deed": "cancel", "version": version_of(lost), "note": "Service"}
    said = workshop.keeper.sends(f"{path}/clear", press)
    assert "Nothing is in its way any more" in said.words
    assert dates_of(lost)[0][3] == "cancelled"
    assert "Booking moved" in notices(workshop.colleague)
    assert "Booking cancelled" in notices(workshop.trainer)

    assert workshop.keeper.sends(path, values).status == 303
    days = f"from={tuesday}&to={tuesday}"
    assert "Nothing stood still" in workshop.keeper.opens(f"/faults/downtime?{days}").words  # it has not been yet
    it_is(workshop, tuesday, "12:00")
    broken(workshop, workshop.lathe, tuesday)
    it_is(workshop, tuesday, "20:00")
    report = workshop.keeper.opens(f"/faults/downtime?{days}&format=csv").text
    assert "Lathe 1,lathe,12.5,12.5,10.0" in report, report  # 7:30 to 20:00; the service lies within it


def test_all_that_is_in_the_way_of_maintenance_is_moved_and_it_is_closed(workshop: Workshop, monday: date):
    tuesday, path = workshop.day(1, 2), f"/bases/{workshop.base}/closures"
    ids = [
        workshop.colleague.asks_for(workshop.lathe, on=tuesday, at=f"{hour}:00-{hour + 1}:00").booking_id
        for hour in (10, 14)
    ]
    values = closing(workshop, workshop.lathe, tuesday) | {"booking": "all", "deed": "move"}
    assert workshop.keeper.sends(f"{path}/clear", values).status == 303
    assert [units_held(each) for each in ids] == [{(workshop.other_lathe, 1)}] * 2
    refused = workshop.colleague.asks_for(workshop.lathe, on=tuesday, at="10:00-11:00")
    assert "is under maintenance" in refused.words
    assert workshop.teacher.sends(f"{path}/clear", values).status == 403
    stranger = values | {"booking": ids[0], "version": version_of(ids[0])}
    assert workshop.keeper.sends("/bases/999999/closures/clear", stranger).status == 404
