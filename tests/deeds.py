"""What to send to each address that changes something, so that it really changes something in the city of `tests.city`.

By endpoint: the body (a form's or a program's), and how many entries of the trail the change may leave, which is one. A
body may be a function of the city and of who sends it. What changes nothing that is kept has 0 entries, with a reason.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.booking.actions import chain_setting
from app.consortium.actions import settings as settings_actions
from app.consortium.rules.settings import SETTINGS, in_force
from app.entrypoints import clock
from app.foundation.timespan import ZONE
from app.timetable.actions.days import mark_of
from tests.city import COLUMNS_MEAN, PASSWORD, TIMETABLE, City, Somebody

Body = dict[str, Any] | Callable[[City, Somebody], dict[str, Any]]


@dataclass(frozen=True)
class Deed:
    """What is sent, and how many entries it leaves where it is allowed."""

    body: Body
    entries: tuple[int, ...] = (1,)
    query: str = ""

    def filled(self, city: City, who: Somebody) -> dict[str, Any]:
        return self.body(city, who) if callable(self.body) else self.body


def _moment(days: int, hour: int) -> str:
    day = datetime.now(UTC).astimezone(ZONE) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).isoformat()


def _day(days: int) -> str:
    return (datetime.now(UTC).astimezone(ZONE) + timedelta(days=days)).date().isoformat()


def _code_of(city: City, who: Somebody) -> str:
    return {city.home: "HOME", city.guest: "GUEST", city.other: "OTHER", city.seat: "SEAT"}.get(who.member_id or 0, "")


def _granted(city: City) -> dict[str, Any]:
    """What is given to Bea."""
    return {"sort": "authorisation", "people": [str(city.bea.person_id)], "from_on": _day(0)}


def _granted_by_program(city: City, who: Somebody) -> dict[str, Any]:
    """The same for a place that is the giver's: her base, the other base, or wherever her member is host."""
    place = {"kind": "member", "id": who.member_id or 1}
    if who.member_id == city.home:
        place = {"kind": "base", "id": city.things["elsewhere" if "another base" in who.label else "base_id"]}
    return {"kind": "authorisation", "people": [city.bea.person_id], "places": [place], "from_on": _day(0)}


_CHAIN = {"mark": chain_setting.mark_of({}), "kind": "any", "steps": [{"parties": ["keeper", "owner"], "rule": "all"}]}


def _asked(city: City, who: Somebody) -> dict[str, Any]:
    return {
        "units": [{"id": city.things["spare_unit"], "quantity": 1}],
        "start": _moment(6, 9),
        "end": _moment(6, 10),
        "purpose": "teaching",
        "title": "A lesson",
        "acting_for": _code_of(city, who),
    }


def _together(city: City, who: Somebody) -> dict[str, Any]:
    asked = _asked(city, who)
    piece = {"units": asked.pop("units"), "dates": [{"start": asked.pop("start"), "end": asked.pop("end")}]}
    return asked | {"bookings": [piece]}


def _displacing(city: City, who: Somebody) -> dict[str, Any]:
    """A competition in Bea's time; nothing at all from those who may not displace there (their refusal is a story)."""
    if who.label not in ("keeper of home", "base_head of home", "member_admin of home", "administrator"):
        return {}
    words = {"reason": "event", "purpose": "competition", "start": _moment(5, 9), "end": _moment(5, 11)}
    return _asked(city, who) | {"units": [{"id": city.things["unit_id"]}]} | words


def _displacing_on_page(city: City, who: Somebody) -> dict[str, Any]:
    if not _displacing(city, who):
        return {}
    form = {"unit": str(city.things["unit_id"]), "day": _day(5), "mode": "clock", "start": "09:00", "end": "11:00"}
    words = {"title": "Finals", "purpose": "competition", "repeat": "once", "key": "displace-key-deeds-1"}
    return form | words | {"press": "yes", "why": "event", "mark": ""}


def _where_she_keeps(city: City, who: Somebody) -> tuple[str, int | None]:
    """What her office is for: one base, or all that her organisation owns or keeps."""
    return ("base", city.things["other_base"]) if "another base" in who.label else ("member", who.member_id)


def _usual() -> dict[str, str]:
    return {name: str(setting.default) for name, setting in SETTINGS.items() if name != "limit.lead_hours"}


def _diary(city: City, _who: Somebody) -> dict[str, Any]:
    day = _day(7).replace("-", "")
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:one", f"DTSTART:{day}T010000Z", "DURATION:PT1H", "END:VEVENT"]
    return {
        "what": f"unit-{city.things['spare_unit']}",
        "kind": "booking",
        "purpose": "teaching",
        "name": "My diary",
        "file": (io.BytesIO("\n".join([*lines, "END:VCALENDAR", ""]).encode()), "diary.ics"),
    }


def _timetable(city: City, who: Somebody) -> dict[str, Any]:
    return {
        "member": who.member_id,
        "term": city.things["term_id"],
        "layout": "",
        "policy": "skip",
        "covers": "whole",
        "file": (io.BytesIO(TIMETABLE), "timetable.csv"),
    }


_TODAY = clock.today().isoformat()

DEEDS: dict[str, Deed] = {
    # coming in and one's own account
    "web.sign_in": Deed({"email": "nobody@nowhere.example", "password": "wrong password"}),
    "web.sign_out": Deed({}),
    "web.language": Deed({"locale": "en", "next": "/"}, entries=(0,)),  # kept in a cookie
    "web.acting": Deed(lambda _city, who: {"acting": who.member_id}, entries=(0,)),  # the same member as before
    "web.change_words": Deed({"name": "New name", "phone": "", "locale": "en", "version": 1}),
    "web.change_password": Deed({"old": PASSWORD, "password": "eight tall chimneys", "again": "eight tall chimneys"}),
    "web.sign_others_out": Deed({}, entries=(0, 1)),  # where there are no others nothing changes
    "web.sign_device_out": Deed({}),
    "web.make_token": Deed({"name": "import", "rights": ["read", "book"], "expires_on": _day(30)}),
    "web.revoke_token": Deed({}),
    # the consortium
    "web.new_member": Deed(
        {"code": "NEW", "kind": "company", "name_zh": "新企业", "name_en": "New", "joined_on": "2026-01-01"}
    ),
    "web.edit_member": Deed(
        {
            "code": "GUEST",
            "kind": "company",
            "name_zh": "改名",
            "name_en": "Renamed",
            "joined_on": "2020-01-01",
            "version": 1,
        }
    ),
    "web.member_leaves": Deed({"left_on": _day(100), "version": 1}),
    "web.member_stays": Deed({"version": 1}),
    "web.invite": Deed(
        lambda _city, who: {
            "name": "Newcomer",
            "email": "newcomer@nowhere.example",
            "phone": "",
            "role": "booker",
            "member": who.member_id,
            "base": "",
            "from_on": _TODAY,
            "until_on": "",
            "locale": "zh",
        }
    ),
    "web.edit_person": Deed({"name": "Renamed", "email": "renamed@guest.example", "phone": "1", "version": 1}),
    "web.make_link": Deed({}),
    "web.disable_person": Deed({}),
    "web.enable_person": Deed({}, entries=(0,)),  # she is not closed
    "web.appoint": Deed(
        lambda city, _who: {"role": "finance", "member": city.guest, "base": "", "from_on": _TODAY, "until_on": ""}
    ),
    "web.end_office": Deed({}),
    "web.verify_trail": Deed({}, entries=(0,)),  # reads only
    # messages
    "web.choose_messages": Deed(
        {"answer": "mail", "change": "digest", "own": "notice", "other": "mail", "digest_hour": "8", "version": 0}
    ),
    "web.open_notice": Deed({}, entries=(0,)),  # that somebody has read something is noted, and is no deed
    "web.read_notices": Deed({}, entries=(0,)),  # nor is this
    "web.send_again": Deed({}),
    "web.send_all_again": Deed({}),
    "web.drop_message": Deed({}),
    "web.new_robot": Deed(
        {
            "name": "Group",
            "form": "wecom",
            "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
            "base": "",
            "kinds": ["answer"],
            "locale": "zh",
        }
    ),
    "web.edit_robot": Deed(
        {"name": "Renamed", "form": "feishu", "base": "", "kinds": ["answer"], "locale": "zh", "version": 1}
    ),
    "web.try_robot": Deed({}),
    "web.end_robot": Deed({"version": 1}),
    # bookings and calendars
    "web.keep_cancel": Deed({"version": 1, "which": "every", "reason": "rain", "note": "rain"}),
    "web.approve": Deed({"version": 1, "note": ""}),
    "web.refuse": Deed({"version": 1, "note": "no", "reason": "other"}),
    "web.propose_time": Deed(
        lambda city, _who: {
            "version": 1,
            "date_id": city.things["date_id"],
            "day": _day(5),
            "start": "16:00",
            "end": "17:00",
        }
    ),
    "web.accept_time": Deed({}),
    "web.decline_time": Deed({}),
    "web.withdraw_time": Deed({}),
    "web.name_stand_in": Deed({"delegate": "1", "from_on": _day(1), "until_on": _day(2)}, entries=(0,)),
    "web.end_stand_in": Deed({}),
    "web.set_chain": Deed(
        lambda _city, _who: {
            "kind": "any",
            "mark": chain_setting.mark_of({}),
            "parties-1": ["keeper", "owner"],
            "rule-1": "all",
            "hours-1": "24",
            "silence-1": "escalate",
        }
    ),
    "web.revoke_feed": Deed({}),
    "web.rotate_feed": Deed({}),
    "web.rename_feed": Deed({"name": "Other name"}),
    "web.bring_busy_times": Deed(_diary),
    "web.bring_timetable": Deed(_timetable, entries=(0, 1)),  # there is a term for one member alone
    "web.say_columns": Deed(
        {"version": 2, "head": 1, **{f"column-{at}": each for at, each in enumerate(COLUMNS_MEAN)}}
    ),
    "web.plan_again": Deed({"version": 2}),
    "web.apply_import": Deed({"version": 2}),
    "web.step_import": Deed({}, entries=(0,)),  # it has not begun
    "web.drop_import": Deed({"version": 2}),
    "web.say_name": Deed(lambda city, _who: {"kind": "room", "text": "101", "said": city.things["unit_id"]}),
    "web.place_waiting": Deed({}, entries=(0,)),  # nothing waits
    "web.answer_busy_import": Deed({}, entries=(0,)),  # its zones are known: there is nothing to answer
    "web.apply_busy_import": Deed({"version": 2}),
    "web.drop_busy_import": Deed({"version": 2}),
    # who comes: the city's date lies ahead and waits for its keeper, so that nobody can have come
    "web.arrive": Deed({}, entries=(0,)),
    "web.leave": Deed({}, entries=(0,)),
    "web.give_back": Deed({"version": 1}, entries=(0,)),
    "web.extend": Deed({"version": 1}, entries=(0,)),
    "web.correct": Deed({"version": 0, "arrived": "", "left": ""}, entries=(0,)),
    "web.excuse": Deed({"version": 1, "why": "ill"}, entries=(0,)),
    "api.arrive": Deed({}, entries=(0,)),
    "api.leave": Deed({}, entries=(0,)),
    "api.release": Deed({"version": 1}, entries=(0,)),
    "api.extend": Deed({"version": 1}, entries=(0,)),
    "api.correct_presence": Deed({"version": 0, "arrived_at": None, "left_at": None}, entries=(0,)),
    "api.excuse": Deed({"version": 1, "why": "ill"}, entries=(0,)),
    # restrictions: the city's is in force, imposed by the clock, and not appealed against
    "web.appeal_against_restriction": Deed({"version": 1, "words": "not right"}),
    "web.confirm_restriction": Deed({"version": 1, "days": "30"}, entries=(0,)),
    "web.dismiss_restriction": Deed({"version": 1, "why": "no"}, entries=(0,)),
    "web.lift_restriction": Deed({"version": 1, "why": "settled"}),
    "web.answer_restriction": Deed({"version": 1, "words": "no", "lifts": "no"}, entries=(0,)),
    # (only who has seen a booking of hers can restrict her)
    "web.impose_restriction": Deed(
        lambda city, who: {
            "email": "booker@guest.example",
            "place": "-".join(map(str, _where_she_keeps(city, who))),
            "days": "7",
            "why": "dirt",
        },
        entries=(0, 1),
    ),
    "api.appeal_restriction": Deed({"version": 1, "words": "not right"}),
    "api.confirm_restriction": Deed({"version": 1}, entries=(0,)),
    "api.dismiss_restriction": Deed({"version": 1, "why": "no"}, entries=(0,)),
    "api.lift_restriction": Deed({"version": 1, "why": "settled"}),
    "api.answer_restriction_appeal": Deed({"version": 1, "words": "no", "lifts": False}, entries=(0,)),
    "api.impose_restriction": Deed(
        lambda city, who: {
            "person": city.bea.person_id,
            "scope": _where_she_keeps(city, who)[0],
            "scope_id": _where_she_keeps(city, who)[1],
            "days": 7,
            "why": "dirt",
        },
        entries=(0, 1),
    ),
    # the catalogue and when
    "web.retire": Deed({"version": 1, "day": _day(200)}),
    "web.lift": Deed({}),
    "web.wait": Deed(
        lambda city, _who: {
            "unit": str(city.things["unit_id"]),
            "title": "Waits",
            "first_day": _day(6),
            "last_day": _day(6),
            "weekday": list("1234567"),
            "since": "00:00",
            "until": "24:00",
            "minutes": "1440",
            "purpose": "teaching",
            "key": "standby-key-deeds-1",
        },
        entries=(0, 1),
    ),  # what is free now is not waited for
    "web.change_standby": Deed(
        lambda city, _who: {
            "version": 1,
            "unit": str(city.things["unit_id"]),
            "title": "Waits still",
            "first_day": _day(6),
            "last_day": _day(6),
            "weekday": list("1234567"),
            "since": "00:00",
            "until": "24:00",
            "minutes": "1440",
            "purpose": "teaching",
        },
        entries=(0, 1),
    ),  # what is free now is not waited for
    "web.change_settings": Deed(
        lambda _city, _who: {"mark": settings_actions.mark_of(in_force({})), "limit.lead_hours": "1"} | _usual()
    ),
    "web.change_limits": Deed({"mark": settings_actions.mark_of({}), "limit.longest_hours": "8"}),
    "web.authorise": Deed(lambda city, _who: _granted(city) | {"places": [f"base:{city.things['base_id']}"]}),
    "web.qualify": Deed(lambda city, who: _granted(city) | {"places": [f"member:{who.member_id or 0}"]}),
    "web.take_back_qualification": Deed({"version": 1, "why": "expired"}),
    "web.file_agreement": Deed(lambda city, _who: {"member": city.guest, "number": "2026-2", "from_on": _day(0)}),
    "web.end_agreement": Deed({"version": 1, "why": "moved away"}),
    "web.make_screen": Deed({"name": "hall", "lab": ""}),
    "web.revoke_screen": Deed({}),
    "web.book_now": Deed(lambda city, _who: {"take": f"{city.things['spare_unit']}-1440", "purpose": "teaching"}),
    "web.remove_term": Deed({"version": 1}),
    "web.change_term": Deed(
        lambda city, _who: {
            "whose": city.home,
            "name_zh": "改",
            "name_en": "Changed",
            "first_monday": "2031-03-03",
            "weeks": "18",
            "version": 1,
        }
    ),
    "web.set_blocks": Deed(
        {
            "kind": "exam",
            "first_week": "9",
            "last_week": "9",
            "learners": "",
            "teaches": "no",
            "block_zh": "考试周",
            "block_en": "Examinations",
            "version": 1,
        }
    ),
    "web.change_bell_table": Deed(
        lambda city, _who: {
            "whose": city.home,
            "name_zh": "作息",
            "name_en": "Bells",
            "starts": "08:00",
            "ends": "08:50",
            "version": 1,
        }
    ),
    "web.follow_bells": Deed(
        lambda _city, who: {"whose": who.member_id}, entries=(0,)
    ),  # every booking is where it rings
    "web.change_day": Deed(
        lambda city, _who: {
            "whose": city.home,
            "name_zh": "校庆",
            "day": _day(61),
            "what": "off",
            "weekday": "",
            "seen": f"{city.home}|{_day(61)}|off|",
            "version": 1,
        }
    ),
    "web.remove_day": Deed({"version": 1}),
    "web.set_holiday": Deed({"year": "2031", "day": "2031-01-01", "name": "元旦", "kind": "off", "mark": mark_of([])}),
    "web.remove_holiday": Deed(lambda city, _who: {"year": "2026", "day": "2026-01-01", "mark": city.notice_mark}),
    "web.import_holidays": Deed({"year": "2031"}, entries=(0,)),  # without a file it does nothing
    "web.remove_bell_table": Deed({"version": 1}),
    # who goes before whom
    "web.displace": Deed(_displacing_on_page, entries=(0,)),  # what was shown is pressed; nothing was shown here
    "web.resettle": Deed(
        lambda city, _who: {"version": 2, "offer": f"{city.things['spare_unit']}x1/540/600/{_day(6)}"}
    ),
    "web.appeal_displacement": Deed({"version": 2, "words": "I do not agree."}, entries=(0,)),  # she has already
    "web.answer_displacement": Deed({"version": 2, "answer": "rejected", "words": "It stands.", "why": "other"}),
    "web.publish_order": Deed(
        {
            "version": 1,
            "note": "The council decided.",
            **{f"rank_{name}": str(n) for n, name in enumerate(("owner", "event", "lesson", "member", "outside"), 1)},
        }
    ),
    # what is broken
    "web.report_fault": Deed({"words": "It smokes", "severity": "unusable", "began_at": "", "key": "a-fault-key-0001"}),
    "web.confirm_fault": Deed(
        {"version": 1, "began_at": f"{_day(-1)}T08:00", "severity": "usable", "cause": "wear", "quantity": 1}
    ),
    "web.repair_fault": Deed({"version": 1, "ended_at": "", "cause": "wear", "words": "Repaired"}),
    "web.dismiss_fault": Deed({"version": 1, "words": "It was switched off."}),
    "web.settle_hits": Deed({"booking": "all", "deed": "move"}, entries=(0,)),  # it is in nobody's way
    "web.go_elsewhere": Deed(
        lambda city, _who: {"version": 1, "fault": city.things["fault_id"], "way": "x"}, entries=(0,)
    ),  # nothing is in its way
    "web.clear_the_way": Deed(
        lambda city, _who: {
            "what": f"base:{city.things['base_id']}",
            "kind": "maintenance",
            "first_day": _day(40),
            "first_time": "08:00",
            "last_day": _day(40),
            "last_time": "18:00",
            "reason": "Service",
            "booking": city.things["booking_id"],
            "deed": "move",
        },
        entries=(0,),
    ),  # nor in this way
    # programs
    "api.report_a_fault": Deed({"words": "It smokes"}),
    "api.confirm_a_fault": Deed({"version": 1}),
    "api.repair_a_fault": Deed({"version": 1}),
    "api.dismiss_a_fault": Deed({"version": 1, "words": "It was switched off."}),
    "api.move_out_of_the_way": Deed({"version": 1}, entries=(0,)),  # nothing is in its way
    "api.preview_displacement": Deed(
        lambda city, who: {name: value for name, value in _displacing(city, who).items() if name != "reason"},
        entries=(0,),
    ),  # nothing is kept
    "api.propose_other_time": Deed(
        lambda city, _who: {
            "version": 1,
            "date_id": city.things["date_id"],
            "start": _moment(5, 16),
            "end": _moment(5, 17),
        }
    ),
    "api.accept_other_time": Deed({}),
    "api.decline_other_time": Deed({}),
    "api.withdraw_other_time": Deed({}),
    "api.displace_with_care": Deed(_displacing, entries=(0, 2)),  # the booking that gave way, and the one that has it
    "api.take_other_time": Deed(
        lambda city, _who: {
            "version": 2,
            "units": [{"id": city.things["spare_unit"]}],
            "start": _moment(6, 9),
            "end": _moment(6, 10),
        }
    ),
    "api.appeal_displaced": Deed({"version": 2, "words": "I do not agree."}, entries=(0,)),  # she has already
    "api.answer_displaced": Deed({"version": 2, "answer": "rejected", "words": "It stands."}),
    "api.publish_order_of_purposes": Deed(
        {"version": 1, "classes": ["owner", "event", "lesson", "member", "outside"], "note": "The council decided."}
    ),
    "api.preview": Deed(_asked, entries=(0,)),  # nothing is kept
    "api.find": Deed({"needs": [{"kind": "room"}], "minutes": 60}, entries=(0,)),  # nothing is kept
    "api.book": Deed(_asked),
    "api.book_together": Deed(_together),
    "api.cancel": Deed({}, query="version=1"),
    "api.change": Deed({"version": 1, "title": "Other title"}),
    "api.approve": Deed({"version": 1}),
    "api.refuse": Deed({"version": 1, "note": "no", "reason": "other"}),
    "api.wait": Deed(
        lambda city, who: {
            "units": [city.things["unit_id"]],
            "title": "Waits",
            "first_day": _day(6),
            "last_day": _day(6),
            "since": "00:00",
            "until": "24:00",
            "minutes": 1440,
            "purpose": "teaching",
            "acting_for": _code_of(city, who),
        },
        entries=(0, 1),
    ),  # what is free now is not waited for
    "api.leave_line": Deed({}, query="version=1"),
    "api.change_standby": Deed({"version": 1, "title": "Waits still"}),
    "api.accept_offer": Deed({}, entries=(0, 1)),  # what is held for her here holds no time
    "api.decline_offer": Deed({}),
    "api.propose_hand_over": Deed(lambda city, _who: {"version": 1, "to": city.person("learner of other").person_id}),
    "api.accept_proposal": Deed({}, entries=(0, 1)),  # the booking is not as it was when this was proposed
    "api.decline_proposal": Deed({}),
    "api.withdraw_proposal": Deed({}),
    "api.change_settings": Deed(
        lambda _city, _who: {"mark": settings_actions.mark_of(in_force({})), "values": {"limit.lead_hours": 5}}
    ),
    "api.set_base_limits": Deed({"mark": settings_actions.mark_of({}), "values": {"limit.lead_hours": 5}}),
    "api.set_unit_limits": Deed({"mark": settings_actions.mark_of({}), "values": {"limit.lead_hours": 5}}),
    "api.give_qualifications": Deed(_granted_by_program),
    "api.file_agreement": Deed(lambda _city, _who: {"member": "GUEST", "number": "2026-2", "from_on": _day(0)}),
    "api.end_agreement": Deed({"version": 1, "reason": "moved away"}),
    "api.change_chain_of_base": Deed(_CHAIN),
    "api.change_chain_of_unit": Deed(_CHAIN),
    "api.revoke_qualification": Deed({"version": 1, "reason": "expired"}),
    "api.revoke": Deed({}),
    "api.rotate": Deed({}),
}
