"""After booking: moving, shortening, lengthening, relabelling, cancelling; one date or the rest; told when it is stale."""

from __future__ import annotations

import html
import re

from tests.stories.workshop import (
    Workshop,
    dates_of,
    form_of,
    statements,
    states_of,
    units_held,
    version_of,
)


def a_series(workshop: Workshop, weeks: int = 4, unit: int | None = None) -> int:
    return workshop.teacher.asks_for(
        unit or workshop.lathe,
        on=workshop.day(1, 2),
        at="1-2",
        repeat="weeks",
        week=[str(week) for week in range(1, weeks + 1)],
        weekday=["2"],
    ).booking_id


def test_a_booking_is_moved_to_another_day_and_time(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="1-2").booking_id
    moved = workshop.teacher.changes(booking, day=workshop.day(1, 4).isoformat(), first="3", last="4")
    assert moved.status == 303
    assert [date[1:] for date in dates_of(booking)] == [(workshop.day(1, 4).isoformat(), "10:00-11:40", "confirmed")]
    assert workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 2)).was_booked


def test_a_move_onto_somebody_is_refused_and_changes_nothing(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="1-2").booking_id
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 4), at="1-2")
    before = dates_of(booking)
    refused = workshop.teacher.changes(booking, day=workshop.day(1, 4).isoformat(), title="New title")
    assert refused.status == 409
    assert "already taken" in refused.words
    assert form_of(refused)["title"] == "New title"
    assert dates_of(booking) == before


def test_a_refused_move_offers_what_can_be_had_instead_and_one_press_moves_it_there(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="1-2").booking_id
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 4), at="1-2")
    refused = workshop.teacher.changes(booking, day=workshop.day(1, 4).isoformat(), title="New title")
    assert "same kind · same lab · the same time" in refused.words
    first = html.unescape(re.findall(r'name="instead" value="([^"]*)"', refused.text)[0])
    moved = workshop.teacher.sends(f"/bookings/{booking}/change", form_of(refused) | {"instead": first})
    assert moved.status == 303
    assert [date[1:] for date in dates_of(booking)] == [(workshop.day(1, 4).isoformat(), "08:00-09:40", "confirmed")]
    assert units_held(booking) == {(workshop.other_lathe, 1)}
    assert "New title" in workshop.teacher.opens(f"/bookings/{booking}").words


def test_one_date_of_a_series_is_offered_other_times_only_for_all_its_dates_have_the_same_units(workshop: Workshop):
    booking = a_series(workshop)
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 4), at="1-2")
    refused = workshop.teacher.changes(booking, day=workshop.day(1, 4).isoformat(), which="one")
    offered = re.findall(r'name="instead" value="([^"]*)"', refused.text)
    assert offered
    assert {each.split("x")[0] for each in offered} == {str(workshop.lathe)}
    moved = workshop.teacher.sends(f"/bookings/{booking}/change", form_of(refused) | {"instead": offered[0]})
    assert moved.status == 303
    assert len(dates_of(booking)) == 4
    for nonsense in ("x", "1x1/480/580/2026-01-01;1x1/480/580/2026-01-02", "9999999999x1/1/2/2026-01-01"):
        form = form_of(workshop.teacher.opens(f"/bookings/{booking}/change"))
        values = form | {"instead": nonsense, "day": workshop.day(1, 4).isoformat()}
        assert workshop.teacher.sends(f"/bookings/{booking}/change", values).status in (409, 422)


def test_shortening_and_lengthening(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="1-4").booking_id
    workshop.teacher.changes(booking, last="2")
    assert dates_of(booking)[0][2] == "08:00-09:40"
    workshop.teacher.changes(booking, last="3")
    assert dates_of(booking)[0][2] == "08:00-10:45"
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 2), at="4-4")
    assert workshop.teacher.changes(booking, last="4").status == 409


def test_one_date_of_a_series_moves_alone(workshop: Workshop):
    booking = a_series(workshop)
    second = dates_of(booking)[1]
    workshop.teacher.changes(booking, date=second[0], day=workshop.day(2, 3).isoformat(), which="one")
    assert [day for _, day, _, _ in dates_of(booking)] == [
        workshop.day(1, 2).isoformat(),
        workshop.day(2, 3).isoformat(),
        workshop.day(3, 2).isoformat(),
        workshop.day(4, 2).isoformat(),
    ]


def test_the_rest_of_a_series_moves_together(workshop: Workshop):
    booking = a_series(workshop)
    third = dates_of(booking)[2]
    workshop.teacher.changes(
        booking, date=third[0], day=workshop.day(3, 4).isoformat(), first="5", last="6", which="rest"
    )
    assert [(day, when) for _, day, when, _ in dates_of(booking)] == [
        (workshop.day(1, 2).isoformat(), "08:00-09:40"),
        (workshop.day(2, 2).isoformat(), "08:00-09:40"),
        (workshop.day(3, 4).isoformat(), "14:00-15:40"),
        (workshop.day(4, 4).isoformat(), "14:00-15:40"),
    ]


def test_the_rest_of_a_series_moves_whole_or_not_at_all(workshop: Workshop):
    booking = a_series(workshop)
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(4, 4), at="1-2")
    before = dates_of(booking)
    refused = workshop.teacher.changes(booking, day=workshop.day(1, 4).isoformat(), which="every")
    assert refused.status == 409
    assert dates_of(booking) == before


def test_other_units_and_numbers(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    workshop.teacher.changes(booking, unit=[str(workshop.other_lathe)])
    assert units_held(booking) == {(workshop.other_lathe, 1)}
    workshop.teacher.changes(
        booking,
        unit=[str(workshop.other_lathe), str(workshop.stations)],
        **{f"quantity_{workshop.stations}": "12"},
    )
    assert units_held(booking) == {(workshop.other_lathe, 1), (workshop.stations, 12)}


def test_a_series_whose_units_changed_midway_keeps_only_the_new_ones_ahead(workshop: Workshop):
    """A cancelled date remembers the old unit; that must not come back with the next change."""
    booking = a_series(workshop)
    first = dates_of(booking)[0]
    workshop.teacher.cancels(booking, date_id=first[0], which="one")
    workshop.teacher.changes(booking, unit=[str(workshop.other_lathe)])
    assert units_held(booking) == {(workshop.other_lathe, 1)}
    last = dates_of(booking)[3]
    moved = workshop.teacher.changes(booking, date=last[0], day=workshop.day(4, 3).isoformat())
    assert moved.status == 303
    assert units_held(booking) == {(workshop.other_lathe, 1)}


def test_relabelling_touches_no_time(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    before = dates_of(booking)
    changed = workshop.teacher.changes(booking, title="Finals", purpose="competition", headcount="18", note="Quiet")
    assert changed.status == 303
    page = workshop.teacher.opens(f"/bookings/{booking}").words
    for word in ("Finals", "Skills competition and its training", "18", "Quiet", "title: CNC turning → Finals"):
        assert word in page
    assert dates_of(booking) == before


def test_a_stale_edit_is_told_what_changed_and_can_be_sent_again(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    old_form = form_of(workshop.teacher.opens(f"/bookings/{booking}/change"))
    workshop.dean.changes(booking, title="The dean's title", headcount="30")
    told = workshop.teacher.sends(f"/bookings/{booking}/change", old_form | {"title": "My title"})
    assert told.status == 409
    assert "Somebody changed this meanwhile" in told.words
    assert "The dean's title" in told.words
    assert form_of(told)["title"] == "My title"
    again = workshop.teacher.sends(f"/bookings/{booking}/change", form_of(told))
    assert again.status == 303
    assert "My title" in workshop.teacher.opens(f"/bookings/{booking}").words


def test_one_date_the_rest_and_all_can_be_cancelled(workshop: Workshop):
    booking = a_series(workshop, weeks=5)
    dates = dates_of(booking)
    workshop.teacher.cancels(booking, date_id=dates[1][0], which="one")
    assert states_of(booking) == ["confirmed", "cancelled", "confirmed", "confirmed", "confirmed"]
    assert workshop.colleague.asks_for(workshop.lathe, on=workshop.day(2, 2)).was_booked
    workshop.teacher.cancels(booking, date_id=dates[3][0], which="rest")
    assert states_of(booking) == ["confirmed", "cancelled", "confirmed", "cancelled", "cancelled"]
    workshop.teacher.cancels(booking, note="The course is over")
    assert set(states_of(booking)) == {"cancelled"}
    page = workshop.teacher.opens(f"/bookings/{booking}").words
    assert "The course is over" in page
    assert "Cancelled. The time is free for others." in page


def test_cancelling_twice_says_that_it_is_over(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    version = version_of(booking)
    assert workshop.teacher.cancels(booking, version=version).status == 303
    again = workshop.teacher.cancels(booking, version=version)
    assert again.status == 409
    assert workshop.teacher.opens(f"/bookings/{booking}/change").status == 409


def test_the_history_says_who_did_what(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    workshop.keeper.approves(booking, note="Wear goggles")
    words = workshop.trainer.opens(f"/bookings/{booking}").words
    for each in ("Asked for", "Trainer", "Approved", "Keeper", "Wear goggles"):
        assert each in words


def test_a_booking_out_of_sight_looks_like_none(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    trainer = workshop.trainer
    for path in ("/bookings/{}", "/bookings/{}/form", "/bookings/{}/change", "/bookings/{}/cancel"):
        hidden, missing = trainer.opens(path.format(booking)), trainer.opens(path.format(booking + 77_000))
        assert hidden.status == missing.status == 404
        assert _without_addresses(hidden, booking) == _without_addresses(missing, booking + 77_000)
    assert trainer.cancels(booking).status == 404
    assert trainer.sends(f"/bookings/{booking}/change", {"version": "1"}).status == 404
    assert states_of(booking) == ["confirmed"]


def _without_addresses(answer, booking: int) -> str:
    lines = [line for line in answer.text.splitlines() if "csrf_token" not in line]
    return "\n".join(lines).replace(f"/bookings/{booking}", "/bookings/N")


def test_the_paper_form_has_places_for_signatures_and_seals(workshop: Workshop):
    booking = a_series(workshop)
    words = workshop.teacher.opens(f"/bookings/{booking}/form").words
    assert words.count("Signature:") == 2
    assert words.count("Seal:") == 2
    assert "Turning lab" in words


def test_a_bookings_page_costs_the_same_whether_one_date_or_many(workshop: Workshop):
    single = workshop.teacher.asks_for(workshop.other_lathe, on=workshop.day(1, 2)).booking_id
    many = a_series(workshop, weeks=16)
    workshop.teacher.opens("/mine")
    with statements() as few:
        workshop.teacher.opens(f"/bookings/{single}")
    with statements() as more:
        workshop.teacher.opens(f"/bookings/{many}")
    assert len(few) == len(more) <= 30


def test_changing_costs_the_same_whether_one_date_or_many(workshop: Workshop):
    single = workshop.teacher.asks_for(workshop.other_lathe, on=workshop.day(1, 2), at="1-2").booking_id
    many = a_series(workshop, weeks=16)
    with statements() as few:
        assert workshop.teacher.changes(single, first="3", last="4", which="every").status == 303
    with statements() as more:
        assert workshop.teacher.changes(many, first="3", last="4", which="every").status == 303
    assert len(few) == len(more), "\n".join(more)


def test_a_date_is_added_and_a_cancelled_one_taken_up_again(workshop: Workshop):
    booking = a_series(workshop, weeks=2)
    first = dates_of(booking)[0]
    path = f"/bookings/{booking}/dates"
    added = workshop.teacher.sends(path, form_of(workshop.teacher.opens(path)))
    assert added.status == 303
    assert [day for _, day, _, _ in dates_of(booking)] == [workshop.day(week, 2).isoformat() for week in (1, 2, 3)]
    workshop.teacher.cancels(booking, date_id=first[0], which="one")
    again = {"version": version_of(booking), "date_id": first[0]}
    assert workshop.teacher.sends(path, again).status == 303
    assert sorted(states_of(booking)) == ["cancelled", "confirmed", "confirmed", "confirmed"]
    assert workshop.teacher.sends(path, again).status == 409
    assert workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 2)).status == 409


def test_a_cancelled_date_that_somebody_took_does_not_come_back(workshop: Workshop):
    booking = a_series(workshop, weeks=2)
    first = dates_of(booking)[0]
    workshop.teacher.cancels(booking, date_id=first[0], which="one")
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 2))
    back = workshop.teacher.sends(f"/bookings/{booking}/dates", {"version": version_of(booking), "date_id": first[0]})
    assert back.status == 409
    assert "already taken" in back.words
    assert states_of(booking) == ["cancelled", "confirmed"]


def test_the_change_form_says_beforehand_whether_the_new_time_is_free(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="1-2").booking_id
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 2), at="5-6")
    before = dates_of(booking)
    assert "Not free then" in workshop.teacher.changes(booking, first="4", last="5", preview="1").words
    assert "Free" in workshop.teacher.changes(booking, first="2", last="3", preview="1").words
    assert dates_of(booking) == before


def test_what_a_keeper_decides_waits_for_added_dates_too(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    workshop.keeper.approves(booking)
    path = f"/bookings/{booking}/dates"
    assert workshop.trainer.sends(path, form_of(workshop.trainer.opens(path))).status == 303
    assert states_of(booking) == ["confirmed", "waiting"]
    workshop.keeper.approves(booking)
    assert states_of(booking) == ["confirmed", "confirmed"]
