"""Limits in force: how soon, how long, how much; said with every reason, for every date, on every path."""

from __future__ import annotations

import re

import pytest

from tests.stories.workshop import Workshop, bookings_kept, form_of, statements


def sets(workshop: Workshop, **numbers: int):
    """The administrator changes settings, by their names with a dash for the dot."""
    page = workshop.administrator.opens("/admin/settings")
    answer = workshop.administrator.sends(
        "/admin/settings",
        form_of(page, "form") | {name.replace("__", "."): str(value) for name, value in numbers.items()},
    )
    assert answer.status == 303, answer.words[:500]


def limits(workshop: Workshop, unit: int | None = None, **numbers: str):
    path = f"/bases/{workshop.base}/limits" + (f"?unit={unit}" if unit else "")
    values = form_of(workshop.keeper.opens(path), "form") | {
        name.replace("__", "."): value for name, value in numbers.items()
    }
    return workshop.keeper.sends(f"/bases/{workshop.base}/limits", values)


def test_a_setting_holds_for_what_is_asked_from_now_on(workshop: Workshop):
    day = workshop.day(1, 2)
    assert workshop.teacher.asks_for(workshop.lathe, on=day, at="08:00-09:40").was_booked
    sets(workshop, limit__longest_hours=1)
    refused = workshop.teacher.asks_for(workshop.lathe, on=day, at="10:00-12:00")
    assert refused.status == 422
    assert "at most 1 hours at a time" in refused.words
    assert bookings_kept() == 1


def test_a_units_own_number_comes_before_its_bases_and_that_before_the_setting(workshop: Workshop):
    day = workshop.day(1, 2)
    assert limits(workshop, limit__longest_hours="1").status == 303
    assert limits(workshop, workshop.lathe, limit__longest_hours="3").status == 303
    assert workshop.teacher.asks_for(workshop.lathe, on=day, at="08:00-10:00").was_booked
    assert not workshop.teacher.asks_for(workshop.other_lathe, on=day, at="08:00-10:00").was_booked


def test_all_that_stands_against_a_request_is_said_at_once(workshop: Workshop):
    limits(workshop, workshop.lathe, limit__lead_hours="1440", limit__block_minutes="60", limit__shortest_minutes="90")
    refused = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:10-08:40")
    assert "at least 1440 hours before" in refused.words
    assert "blocks of 60 minutes" in refused.words
    assert "at least 90 minutes" in refused.words


def test_a_week_has_so_many_hours_and_each_date_of_a_series_counts(workshop: Workshop):
    sets(workshop, quota__person_week_hours=4)
    assert workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-10:00").was_booked
    refused = workshop.teacher.asks_for(
        workshop.lathe,
        on=workshop.day(1, 3),
        at="08:00-10:00",
        repeat="until",
        weekday=["3", "4"],
        until=workshop.day(1, 4).isoformat(),
    )
    assert refused.status == 409
    assert "you would have 6 hours; 4 are allowed" in refused.words
    assert workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 3), at="08:00-10:00").was_booked
    assert workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 4), at="08:00-10:00").was_booked


def test_a_move_cannot_go_round_the_quota_and_moving_within_it_is_free(workshop: Workshop):
    sets(workshop, quota__person_week_hours=4)
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-12:00")
    longer = workshop.teacher.changes(booked.booking_id, mode="clock", start="08:00", end="13:00")
    assert longer.status == 409
    assert "5 hours" in longer.words
    assert workshop.teacher.changes(booked.booking_id, mode="clock", start="13:00", end="17:00").status == 303


def test_more_dates_for_a_booking_are_counted_too(workshop: Workshop):
    sets(workshop, quota__person_dates_ahead=1)
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2))
    more = form_of(workshop.teacher.opens(f"/bookings/{booked.booking_id}/dates"))
    refused = workshop.teacher.sends(f"/bookings/{booked.booking_id}/dates", more)
    assert refused.status == 409
    assert "2 coming dates; one person may have 1" in refused.words


def test_what_was_cancelled_can_be_asked_for_again(workshop: Workshop):
    sets(workshop, quota__person_week_hours=2)
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-10:00")
    assert not workshop.teacher.asks_for(workshop.other_lathe, on=workshop.day(1, 3), at="08:00-10:00").was_booked
    workshop.teacher.cancels(booked.booking_id)
    assert workshop.teacher.asks_for(workshop.other_lathe, on=workshop.day(1, 3), at="08:00-10:00").was_booked


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("limit.longest_hours", "many", "whole number"),
        ("limit.longest_hours", "-1", "whole number"),
        ("limit.longest_hours", "9999999", "range"),
        ("peak.until_hour", "3", "after"),
        ("limit.horizon_days", "", "whole number"),
    ],
)
def test_a_number_out_of_bounds_is_refused_and_nothing_typed_is_lost(workshop: Workshop, name, value, says):
    page = workshop.administrator.opens("/admin/settings")
    refused = workshop.administrator.sends(
        "/admin/settings", form_of(page, "form") | {name: value, "limit.lead_hours": "7"}
    )
    assert refused.status == 422
    assert says in refused.words
    assert form_of(refused, "form")["limit.lead_hours"] == "7"
    assert form_of(refused, "form")[name] == value


def test_two_who_change_settings_at_once_find_out(workshop: Workshop):
    page = workshop.administrator.opens("/admin/settings")
    sets(workshop, limit__lead_hours=3)
    assert (
        workshop.administrator.sends("/admin/settings", form_of(page, "form") | {"limit.lead_hours": "5"}).status == 409
    )
    assert 'name="limit.lead_hours" value="3"' in workshop.administrator.opens("/admin/settings").text


def test_only_who_may_sets_them(workshop: Workshop):
    assert workshop.teacher.opens("/admin/settings").status == 403
    assert workshop.keeper.opens("/admin/settings").status == 403
    assert workshop.teacher.opens(f"/bases/{workshop.base}/limits").status == 403


def test_a_base_says_what_holds_where_nothing_is_written(workshop: Workshop):
    sets(workshop, limit__longest_hours=8)
    page = workshop.keeper.opens(f"/bases/{workshop.base}/limits")
    assert "Empty: 8 hours, as elsewhere." in page.words
    assert re.search(r'name="limit.longest_hours" value=""', page.text)


def test_limits_cost_two_statements_and_a_quota_two_more(workshop: Workshop):
    with statements() as plain:
        assert workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-09:00").was_booked
    sets(workshop, quota__person_week_hours=40)
    with statements() as counted:
        assert workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 3), at="08:00-09:00").was_booked
    assert len(counted) - len(plain) <= 3
