"""A teacher books: in one press, once only, for one date or a series, and is told everything that stands in the way."""

from __future__ import annotations

import html
import re

import pytest

from tests.stories.workshop import (
    Workshop,
    bookings_kept,
    dates_of,
    form_of,
    statements,
    states_of,
    units_held,
)


def test_a_teacher_books_a_lathe_from_the_grid_with_a_title_and_one_press(workshop: Workshop):
    day = workshop.day(1, 2)
    shown = workshop.teacher.opens(f"/book/new?unit={workshop.lathe}&start={day}T08:55&end={day}T10:45")
    assert shown.status == 200
    assert "Free" in shown.words
    booked = workshop.teacher.sends("/book/new", form_of(shown) | {"title": "Turning, class 24-1"})
    assert booked.was_booked
    assert dates_of(booked.booking_id)[0][1:] == (day.isoformat(), "08:55-10:45", "confirmed")
    page = workshop.teacher.opens(booked.location)
    assert "Turning, class 24-1" in page.words
    assert "periods 2-3" in page.words


def test_class_periods_are_chosen_as_such(workshop: Workshop):
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 3), at="3-4")
    assert dates_of(booked.booking_id)[0][2] == "10:00-11:40"


def test_a_double_click_books_once(workshop: Workshop):
    values = workshop.teacher.filled(workshop.lathe, on=workshop.day(1, 2))
    first, second = workshop.teacher.sends("/book/new", values), workshop.teacher.sends("/book/new", values)
    assert first.was_booked
    assert second.location == first.location
    assert bookings_kept() == 1


def test_the_same_key_with_another_time_is_not_taken_for_the_first(workshop: Workshop):
    values = workshop.teacher.filled(workshop.lathe, on=workshop.day(1, 2))
    workshop.teacher.sends("/book/new", values)
    other = workshop.teacher.sends("/book/new", values | {"start": "14:00", "end": "15:00"})
    assert other.status == 409
    assert "sent before with other content" in other.words
    assert other.value("key") != values["key"]
    assert workshop.teacher.sends("/book/new", form_of(other)).was_booked


def test_what_is_taken_is_refused_with_the_reason_and_nothing_typed_is_lost(workshop: Workshop):
    day = workshop.day(1, 2)
    workshop.colleague.asks_for(workshop.lathe, on=day)
    refused = workshop.teacher.asks_for(
        workshop.lathe, on=day, at="09:00-10:00", title="Mine & yours", headcount="24", note="Bring goggles"
    )
    assert refused.status == 409
    assert "Lathe 1 is already taken" in refused.words
    again = form_of(refused)
    assert (again["title"], again["headcount"], again["note"], again["start"]) == (
        "Mine & yours",
        "24",
        "Bring goggles",
        "09:00",
    )


def test_a_refusal_offers_what_can_be_had_instead_and_one_press_books_it(workshop: Workshop):
    day = workshop.day(1, 2)
    workshop.colleague.asks_for(workshop.lathe, on=day)
    refused = workshop.teacher.asks_for(workshop.lathe, on=day, at="1-2", title="Kept title")
    assert refused.status == 409
    offered = [html.unescape(each) for each in re.findall(r'name="instead" value="([^"]*)"', refused.text)]
    assert "same kind · same lab · the same time · no approval needed" in refused.words
    booked = workshop.teacher.sends("/book/new", form_of(refused) | {"instead": offered[0]})
    assert booked.was_booked
    page = workshop.teacher.opens(booked.location).words
    assert "Kept title" in page
    assert "Lathe 2" in page


def test_the_preview_puts_an_alternative_into_the_form(workshop: Workshop):
    day = workshop.day(1, 2)
    workshop.colleague.asks_for(workshop.lathe, on=day)
    values = workshop.teacher.filled(workshop.lathe, on=day, at="1-2", title="Kept title")
    seen = workshop.teacher.sends("/book/new", values | {"preview": "1"})
    offered = [html.unescape(each) for each in re.findall(r'name="take" value="([^"]*)"', seen.text)]
    taken = workshop.teacher.sends("/book/new", form_of(seen) | {"take": offered[0]})
    assert taken.status == 200
    assert "Free" in taken.words
    assert workshop.teacher.sends("/book/new", form_of(taken)).was_booked


def test_a_series_is_offered_in_pieces_and_one_press_books_them_all(workshop: Workshop):
    """The second of three Tuesdays is taken, and no other lathe is free on all three."""
    for week, unit in ((2, workshop.lathe), (1, workshop.other_lathe), (3, workshop.other_lathe)):
        workshop.colleague.asks_for(unit, on=workshop.day(week, 2))
    values = workshop.teacher.filled(
        workshop.lathe, on=workshop.day(1, 2), repeat="weeks", week=["1", "2", "3"], weekday=["2"], title="In pieces"
    )
    refused = workshop.teacher.sends("/book/new", values)
    assert refused.status == 409
    offered = [html.unescape(each) for each in re.findall(r'name="instead" value="([^"]*)"', refused.text)]
    pieces = [each for each in offered if len({part.split("/")[0] for part in each.split(";")}) == 2]
    before = bookings_kept()
    booked = workshop.teacher.sends("/book/new", form_of(refused) | {"instead": pieces[0]})
    assert booked.status == 303
    assert bookings_kept() == before + 2
    assert workshop.teacher.opens("/mine").words.count("In pieces") >= 2


def test_an_alternative_taken_meanwhile_is_refused_with_others(workshop: Workshop):
    day = workshop.day(1, 2)
    workshop.colleague.asks_for(workshop.lathe, on=day)
    refused = workshop.teacher.asks_for(workshop.lathe, on=day, at="1-2", title="Late")
    offered = [html.unescape(each) for each in re.findall(r'name="instead" value="([^"]*)"', refused.text)]
    workshop.colleague.asks_for(workshop.other_lathe, on=day)
    again = workshop.teacher.sends("/book/new", form_of(refused) | {"instead": offered[0]})
    assert again.status == 409
    assert "Lathe 2 is already taken" in again.words
    assert 'name="instead"' in again.text


def test_the_preview_says_everything_at_once_and_keeps_nothing(workshop: Workshop):
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(2, 2))
    values = workshop.teacher.filled(
        workshop.lathe, on=workshop.day(1, 2), repeat="weeks", week=["1", "2", "3"], weekday=["2"], title=None
    )
    seen = workshop.teacher.sends("/book/new", values | {"preview": "1"})
    assert seen.status == 200
    assert "1 of 3 dates are not free" in seen.words
    assert "Book the other 2 of 3 dates" in seen.words
    assert bookings_kept() == 1


def test_the_preview_names_the_room_that_is_taken_whole(workshop: Workshop):
    """What stands in the way is not always what was asked for."""
    day = workshop.day(1, 2)
    assert workshop.colleague.asks_for(workshop.room, on=day).was_booked
    seen = workshop.teacher.sends("/book/new", workshop.teacher.filled(workshop.lathe, on=day) | {"preview": "1"})
    assert "is already taken" in seen.words
    assert "This unit" not in seen.words


def test_a_series_is_booked_whole_over_chosen_weeks_and_weekdays(workshop: Workshop):
    booked = workshop.teacher.asks_for(
        workshop.lathe,
        on=workshop.day(1, 2),
        at="1-2",
        repeat="weeks",
        week=[str(week) for week in range(1, 17, 2)],
        weekday=["2", "4"],
    )
    dates = dates_of(booked.booking_id)
    assert len(dates) == 16
    assert {when for _, _, when, _ in dates} == {"08:00-09:40"}
    assert dates[2][1] == workshop.day(3, 2).isoformat()


def test_a_series_every_week_until_a_day(workshop: Workshop):
    booked = workshop.teacher.asks_for(
        workshop.lathe, on=workshop.day(1, 2), repeat="until", until=workshop.day(4, 2).isoformat(), weekday=["2"]
    )
    assert [day for _, day, _, _ in dates_of(booked.booking_id)] == [
        workshop.day(week, 2).isoformat() for week in (1, 2, 3, 4)
    ]


def test_a_series_with_a_clash_is_all_or_nothing_until_the_part_is_accepted(workshop: Workshop):
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(3, 2))
    values = workshop.teacher.filled(
        workshop.lathe, on=workshop.day(1, 2), repeat="weeks", week=["1", "2", "3", "4"], weekday=["2"]
    )
    refused = workshop.teacher.sends("/book/new", values)
    assert refused.status == 409
    assert bookings_kept() == 1
    accept = refused.text.split('name="accept" value="')[1].split('"')[0]
    assert accept == workshop.day(3, 2).isoformat()
    booked = workshop.teacher.sends("/book/new", values | {"accept": accept})
    assert len(dates_of(booked.booking_id)) == 3


def test_an_accepted_part_never_shrinks_in_silence(workshop: Workshop):
    """Between the page and the press another date is taken: that is a new refusal, not a smaller booking."""
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(3, 2))
    values = workshop.teacher.filled(
        workshop.lathe, on=workshop.day(1, 2), repeat="weeks", week=["1", "2", "3", "4"], weekday=["2"]
    )
    workshop.teacher.sends("/book/new", values)
    workshop.colleague.asks_for(workshop.lathe, on=workshop.day(4, 2))
    pressed = workshop.teacher.sends("/book/new", values | {"accept": workshop.day(3, 2).isoformat()})
    assert pressed.status == 409
    assert "1 of 3 dates are not free" in pressed.words
    assert bookings_kept() == 2


def test_a_whole_lab_and_a_machine_in_it_exclude_each_other(workshop: Workshop):
    day = workshop.day(1, 2)
    assert workshop.teacher.asks_for(workshop.lathe, on=day).was_booked
    whole = workshop.colleague.asks_for(workshop.room, on=day)
    assert whole.status == 409
    assert workshop.colleague.asks_for(workshop.room, on=day, at="14:00-16:00").was_booked
    assert workshop.teacher.asks_for(workshop.other_lathe, on=day, at="15:00-15:30").status == 409


def test_stations_are_shared_up_to_their_number(workshop: Workshop):
    day, quantity = workshop.day(1, 2), f"quantity_{workshop.stations}"
    assert workshop.teacher.asks_for(workshop.stations, on=day, **{quantity: "15"}).was_booked
    refused = workshop.colleague.asks_for(workshop.stations, on=day, **{quantity: "6"})
    assert refused.status == 409
    assert "6 wanted, but only 5 free" in refused.words
    assert workshop.colleague.asks_for(workshop.stations, on=day, **{quantity: "5"}).was_booked
    more = workshop.colleague.asks_for(workshop.stations, on=workshop.day(2, 2), **{quantity: "21"})
    assert (more.status, "there are only 20" in more.words) == (422, True)


def test_several_units_are_booked_together_or_not_at_all(workshop: Workshop):
    day = workshop.day(1, 2)
    workshop.colleague.asks_for(workshop.other_lathe, on=day)
    assert workshop.teacher.asks_for(workshop.lathe, workshop.other_lathe, on=day).status == 409
    booked = workshop.teacher.asks_for(workshop.lathe, workshop.other_lathe, on=day, at="14:00-15:00")
    assert units_held(booked.booking_id) == {(workshop.lathe, 1), (workshop.other_lathe, 1)}


def test_setting_up_and_cleaning_keep_the_next_one_away(workshop: Workshop):
    day = workshop.day(1, 2)
    assert workshop.teacher.asks_for(workshop.furnace, on=day, at="10:00-12:00").was_booked
    assert workshop.colleague.asks_for(workshop.furnace, on=day, at="12:00-13:00").status == 409
    assert workshop.colleague.asks_for(workshop.furnace, on=day, at="12:50-13:30").was_booked


@pytest.mark.parametrize(
    "purpose",
    [
        *("teaching", "experiment", "competition", "certification", "apprenticeship", "order_class", "internship"),
        *("staff_training", "public_training", "teacher_training", "technical_service", "research", "innovation"),
        *("visit", "maintenance"),
    ],
)
@pytest.mark.database("sqlite")
def test_every_purpose_can_be_chosen(workshop: Workshop, purpose: str):
    assert workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), purpose=purpose).was_booked


def test_a_purpose_that_is_none_is_not_kept(workshop: Workshop):
    refused = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), purpose="idling")
    assert refused.status == 422
    assert bookings_kept() == 0


def test_only_who_has_the_right_books_on_behalf_of_somebody(workshop: Workshop):
    day = workshop.day(1, 2)
    for_teacher = str(workshop.teacher.id)
    assert workshop.colleague.asks_for(workshop.lathe, on=day, holder=for_teacher).status == 403
    assert "On behalf of" not in workshop.colleague.opens(f"/book/new?unit={workshop.lathe}").words
    booked = workshop.dean.asks_for(workshop.lathe, on=day, holder=for_teacher)
    assert booked.was_booked, booked.words
    page = workshop.teacher.opens(booked.location)
    assert page.status == 200
    assert "Asked by Dean" in page.words
    assert workshop.dean.asks_for(workshop.lathe, on=workshop.day(2, 2), holder=str(workshop.trainer.id)).status == 403


def test_what_a_keeper_must_agree_to_waits_and_says_so(workshop: Workshop):
    unheard = workshop.trainer.asks_for(workshop.laser, on=workshop.day(2, 2))
    assert "In place of: The keeper, for nobody holds that office" in workshop.trainer.opens(unheard.location).words
    assert workshop.keeper
    booked = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2))
    assert states_of(booked.booking_id) == ["waiting"]
    page = workshop.trainer.opens(booked.location)
    assert "Waiting for an answer (CNC base: The keeper" in page.words


def test_over_midnight_and_over_days(workshop: Workshop):
    until_midnight = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="22:00-00:00")
    assert dates_of(until_midnight.booking_id)[0][2] == "22:00-00:00"
    over = workshop.teacher.asks_for(
        workshop.other_lathe, on=workshop.day(1, 2), at="22:00-06:00", end_day=workshop.day(1, 3).isoformat()
    )
    assert dates_of(over.booking_id)[0][2] == "22:00-06:00"
    backwards = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 3), at="10:00-09:00")
    assert (backwards.status, "end must be after the start" in backwards.words) == (422, True)


def test_dates_chosen_one_by_one_are_booked_as_chosen_even_when_one_is_left(workshop: Workshop):
    """As a link of Find a slot opens the form; the reader then unticks all but one of them."""
    days = [workshop.day(week, 2).isoformat() for week in (1, 3, 4)]
    address = f"/book/new?unit={workshop.lathe}&start={days[0]}T08:00&end={days[0]}T09:40&on=" + "&on=".join(days)
    shown = workshop.teacher.opens(address)
    assert "All 3 dates are free" in shown.words
    seen = workshop.teacher.sends("/book/new", form_of(shown) | {"on": [days[1]], "preview": "1"})
    booked = workshop.teacher.sends("/book/new", form_of(seen) | {"title": "Left over"})
    assert [day for _, day, _, _ in dates_of(booked.booking_id)] == [days[1]]
    afresh = form_of(workshop.teacher.opens(address))
    whole = workshop.teacher.sends("/book/new", afresh | {"on": [days[0], days[2]], "title": "The others"})
    assert [day for _, day, _, _ in dates_of(whole.booking_id)] == [days[0], days[2]]


def test_a_form_from_before_she_changed_sides_is_not_booked_for_the_other(workshop: Workshop):
    """The page said for whom; in another window she chose to act for somebody else."""
    shown = form_of(workshop.teacher.opens(f"/book/new?unit={workshop.lathe}"))
    assert shown["acting"] == str(workshop.college)
    stale = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), acting=str(workshop.company))
    assert stale.status == 409
    assert "You now act for another member" in stale.words
    assert bookings_kept() == 0
    assert workshop.teacher.sends("/book/new", form_of(stale)).was_booked


def test_a_booking_costs_a_fixed_number_of_statements_however_many_dates(workshop: Workshop):
    teacher = workshop.teacher
    teacher.opens("/mine")

    def series(weeks: int) -> dict:
        return {"repeat": "until", "until": workshop.day(weeks, 2).isoformat(), "weekday": ["2"]}

    with statements() as single:
        assert teacher.asks_for(workshop.stations, on=workshop.day(1, 2)).was_booked
    with statements() as few:
        assert teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), **series(3)).was_booked
    with statements() as many:
        assert teacher.asks_for(workshop.other_lathe, on=workshop.day(1, 2), **series(17)).was_booked
    assert len(few) == len(many), "\n".join(many)
    assert len(single) <= len(many) <= 20, "\n".join(many)
