"""domain.md §9 B 11: a secretary brings the timetable in, reads what it would change, and it is so; nothing is silent."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import delete, select

from app.booking.store import displacing as displacements
from app.booking.store import waiting as line
from app.booking.tables.bookings import Booking
from app.booking.tables.imports import Import, ImportItem, Lesson
from app.database import session, transaction
from app.outbox.tables import Message
from app.timetable.tables import Holiday
from tests.stories.workshop import Answer, Somebody, bookings_kept, dates_of, reading, states_of, units_held
from tests.world import device

HEAD = "课程名称,教师,班级,周次,星期,节次,教室"


def sheet(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


TURNING = "数控车削,Teacher,数控2401,1-4,二,1-2,车削实训室"
MEASURING = "精密测量,Colleague,机电2402,1-8(双),周四,3-4,测量室"


@pytest.fixture
def college(workshop):
    """The college on days of which no holiday is known, so that weeks are weeks whenever this runs."""
    with reading():
        transaction(lambda: session().execute(delete(Holiday)))
    return workshop


class Secretary:
    """The college's administrator at the import pages."""

    def __init__(self, dean: Somebody, member: int) -> None:
        self.dean, self.member = dean, member

    def brings(self, content: bytes, name: str = "课表.csv", **fields: str) -> Answer:
        with reading():
            from app.timetable.tables import Term

            term = session().scalar(select(Term.id))
        values = {"member": str(self.member), "term": str(term), "policy": "skip", "covers": "whole", **fields}
        return self.dean.sends("/imports/timetable/new", values | {"file": (io.BytesIO(content), name)})

    def looks_at(self, answer: Answer, show: str = "") -> Answer:
        assert answer.status == 303, answer.words[:800]
        return self.dean.opens(answer.location + (f"?show={show}" if show else ""))

    def applies(self, answer: Answer) -> Answer:
        plan = self.looks_at(answer)
        done = self.dean.sends(f"{answer.location}/apply", {"version": plan.value("version")})
        assert done.status == 303, done.words[:800]
        return self.dean.opens(done.location)


@pytest.fixture
def secretary(college) -> Secretary:
    assert college.teacher
    assert college.colleague
    return Secretary(college.dean, college.college)


def figures(shown: Answer) -> dict[str, int]:
    """The numbers on top of a plan."""
    words = shown.words
    labels = ("new", "changed", "taken away", "unchanged", "clashes", "rooms not known", "not readable")
    found = {}
    for label in labels:
        match = re.search(rf"(\d+) {label}", words)
        found[label] = int(match[1]) if match else 0
    return found


def lesson_booking(title: str) -> int:
    with reading():
        booking_id = session().scalar(select(Lesson.booking_id).where(Lesson.title == title))
        assert booking_id, f"{title} is not placed"
        return booking_id


def days_of(booking_id: int) -> list[tuple[str, str]]:
    return [(day, time) for _, day, time, state in dates_of(booking_id) if state == "confirmed"]


def test_nothing_is_changed_by_looking(secretary):
    shown = secretary.looks_at(secretary.brings(sheet(TURNING, MEASURING)))
    assert figures(shown)["new"] == 2
    assert bookings_kept() == 0


def test_applied_it_stands_in_the_timetable_as_lessons(college, secretary):
    secretary.applies(secretary.brings(sheet(TURNING, MEASURING)))
    turning = lesson_booking("数控车削")
    assert days_of(turning) == [(f"{college.day(week, 2)}", "08:00-09:40") for week in (1, 2, 3, 4)]
    assert days_of(lesson_booking("精密测量")) == [(f"{college.day(week, 4)}", "10:00-11:40") for week in (2, 4, 6, 8)]
    assert units_held(turning) == {(college.room, 1)}
    with reading():
        booking = session().get(Booking, turning)
        assert (booking.origin, booking.purpose, booking.member_id) == ("lesson", "teaching", college.college)
        assert booking.holder_id == college.teacher.id, "the one teacher of that name holds her lesson"


def test_the_same_file_again_changes_nothing(secretary):
    secretary.applies(secretary.brings(sheet(TURNING, MEASURING)))
    again = secretary.looks_at(secretary.brings(sheet(MEASURING, TURNING)))
    assert figures(again)["unchanged"] == 2
    assert "There is nothing to do" in again.words


def test_a_changed_week_is_a_move_of_that_date_and_of_no_other(college, secretary):
    secretary.applies(secretary.brings(sheet(TURNING)))
    booking = lesson_booking("数控车削")
    before = dates_of(booking)
    answer = secretary.brings(sheet(TURNING.replace("1-4", "1-3、6")))
    shown = secretary.looks_at(answer, "change")
    assert figures(shown)["changed"] == 1
    assert "1 date moves" in shown.words
    secretary.applies(answer)
    after = dates_of(booking)
    assert after[:3] == before[:3]
    assert (after[3][0], after[3][1]) == (before[3][0], f"{college.day(6, 2)}"), "the same date, elsewhere"


def test_a_moved_room_a_dropped_week_and_a_new_class_are_exactly_that(college, secretary):
    third = "钳工,Colleague,钳工2403,1-4,五,1-2,车削实训室"
    secretary.applies(secretary.brings(sheet(TURNING, MEASURING, third)))
    answer = secretary.brings(
        sheet(
            TURNING.replace("车削实训室", "测量室"),
            MEASURING.replace("1-8(双)", "2、4、6"),
            third,
            "电工,Teacher,电2404,1,一,1,测量室",
        )
    )
    shown = secretary.looks_at(answer)
    assert (figures(shown)["new"], figures(shown)["changed"], figures(shown)["unchanged"]) == (1, 2, 1)
    secretary.applies(answer)
    with reading():
        yard = session().scalar(select(Lesson.unit_id).where(Lesson.title == "精密测量"))
    assert units_held(lesson_booking("数控车削")) == {(yard, 1)}
    assert states_of(lesson_booking("精密测量")) == ["confirmed", "confirmed", "confirmed", "cancelled"]
    assert len(days_of(lesson_booking("钳工"))) == 4
    assert days_of(lesson_booking("电工")) == [(f"{college.day(1, 1)}", "08:00-08:45")]


def test_a_lesson_that_the_new_file_lacks_is_taken_away_but_not_where_the_file_is_a_part(college, secretary):
    secretary.applies(secretary.brings(sheet(TURNING, MEASURING)))
    gone = lesson_booking("精密测量")
    part = secretary.looks_at(secretary.brings(sheet(TURNING), covers="part"))
    assert figures(part)["taken away"] == 0
    answer = secretary.brings(sheet(TURNING))
    assert "精密测量" in secretary.looks_at(answer, "remove").words
    secretary.applies(answer)
    assert set(states_of(gone)) == {"cancelled"}
    assert college.teacher.asks_for(college.laser, on=college.day(2, 4), at="3-4").was_booked


def test_what_somebody_changed_by_hand_stays(college, secretary):
    secretary.applies(secretary.brings(sheet(TURNING)))
    booking = lesson_booking("数控车削")
    second = dates_of(booking)[1]
    moved = college.teacher.changes(booking, date=second[0], day=college.day(2, 6).isoformat())
    assert moved.status == 303, moved.words[:600]
    assert college.teacher.cancels(booking, which="one", date_id=str(dates_of(booking)[3][0])).status == 303
    secretary.applies(secretary.brings(sheet(TURNING.replace("车削实训室", "测量室"))))
    held = {day: state for _, day, _, state in dates_of(booking)}
    assert held[f"{college.day(2, 6)}"] == "confirmed", "moved by hand: stays where it was put"
    assert held[f"{college.day(4, 2)}"] == "cancelled", "cancelled by hand: stays cancelled"
    again = secretary.looks_at(secretary.brings(sheet(TURNING.replace("车削实训室", "测量室"))))
    assert figures(again)["unchanged"] == 1


def test_two_lessons_may_change_places(college, secretary):
    other = "钳工,Colleague,钳工2403,1-4,二,1-2,测量室"
    secretary.applies(secretary.brings(sheet(TURNING, other)))
    swapped = sheet(TURNING.replace("车削实训室", "测量室"), other.replace("测量室", "车削实训室"))
    shown = secretary.looks_at(secretary.brings(swapped))
    assert (figures(shown)["changed"], figures(shown)["clashes"]) == (2, 0)
    secretary.applies(secretary.brings(swapped))
    assert units_held(lesson_booking("钳工")) == {(college.room, 1)}


# ── clashes ──


@pytest.fixture
def taken(college) -> int:
    """A company has the lathe in the turning lab on the second Tuesday morning, for a commissioned job."""
    asked = college.trainer.asks_for(
        college.lathe, on=college.day(2, 2), at="08:00-10:00", title="Shafts", purpose="technical_service"
    )
    return asked.booking_id


def test_skip_places_the_free_dates_and_lists_the_others(college, secretary, taken):
    answer = secretary.brings(sheet(TURNING))
    shown = secretary.looks_at(answer, "clash")
    assert "“Shafts” (Trainer)" in shown.words
    secretary.applies(answer)
    assert [day for day, _ in days_of(lesson_booking("数控车削"))] == [f"{college.day(w, 2)}" for w in (1, 3, 4)]
    assert states_of(taken) == ["confirmed"]


def test_list_places_no_lesson_that_clashes(secretary, taken):
    secretary.applies(secretary.brings(sheet(TURNING, MEASURING), policy="list"))
    assert bookings_kept() == 2
    with reading():
        assert session().scalar(select(Lesson.state).where(Lesson.title == "数控车削")) == "clash"


def test_ask_lets_the_keeper_decide_on_the_clashing_dates(college, secretary, taken):
    secretary.applies(secretary.brings(sheet(TURNING), policy="ask"))
    with reading():
        asked = session().scalar(select(Lesson.asked_id).where(Lesson.title == "数控车削"))
    assert states_of(asked) == ["waiting"]
    assert units_held(asked) == set(), "it holds nothing while it waits"
    assert "数控车削" in college.keeper.opens("/inbox").words
    assert college.keeper.approves(asked).status == 409, "the company still has it"
    assert college.trainer.cancels(taken).status == 303
    assert college.keeper.approves(asked).status == 303
    assert days_of(asked) == [(f"{college.day(2, 2)}", "08:00-09:40")]


def test_displace_cancels_what_ranks_lower_and_tells_its_holder(college, secretary, taken):
    answer = secretary.brings(sheet(TURNING), policy="displace", note="Practical classes go first:")
    shown = secretary.looks_at(answer, "add")
    assert "“Shafts” (Trainer) gives way" in shown.words
    assert states_of(taken) == ["confirmed"], "not before it is applied"
    secretary.applies(answer)
    assert states_of(taken) == ["cancelled"]
    assert len(days_of(lesson_booking("数控车削"))) == 4
    with reading():
        told = session().scalars(select(Message).where(Message.person_id == college.trainer.id)).all()
        assert any("Practical classes go first: 数控车削" in str(each.facts) for each in told)
        (gone,) = displacements.of_booking(taken)
        assert (gone.winner_class, gone.winner_id, gone.said.reason) == (
            "lesson",
            lesson_booking("数控车削"),
            "timetable",
        )
        standby = line.find(gone.standby_id or 0)
        assert standby is not None
        assert (standby.rank, standby.person_id) == (0, college.trainer.id), "the same care as when a person displaces"


@pytest.mark.parametrize("purpose", ["teaching", "competition", "certification"])
def test_nobody_gives_way_who_ranks_as_high(college, secretary, purpose):
    kept = college.trainer.asks_for(college.lathe, on=college.day(2, 2), at="1-2", purpose=purpose).booking_id
    answer = secretary.brings(sheet(TURNING), policy="displace")
    assert figures(secretary.looks_at(answer))["clashes"] == 1
    secretary.applies(answer)
    assert states_of(kept) == ["confirmed"]


def test_what_came_in_between_looking_and_applying_is_never_booked_over(college, secretary):
    answer = secretary.brings(sheet(TURNING))
    secretary.looks_at(answer)
    meanwhile = college.trainer.asks_for(college.lathe, on=college.day(3, 2), at="1-2").booking_id
    shown = secretary.applies(answer)
    assert states_of(meanwhile) == ["confirmed"]
    assert figures(shown)["new"] == 1
    assert "taken by" in shown.words
    assert [day for day, _ in days_of(lesson_booking("数控车削"))] == [f"{college.day(w, 2)}" for w in (1, 2, 4)]


# ── names ──


def test_rooms_nobody_knows_are_kept_as_text_and_placed_once_somebody_says_what_they_are(college, secretary):
    secretary.applies(secretary.brings(sheet(TURNING.replace("车削实训室", "车削2号室"))))
    assert bookings_kept() == 0
    page = secretary.dean.opens("/imports/names")
    assert "车削2号室" in page.words
    said = {"member": college.college, "kind": "room", "text": "车削2号室", "said": college.room}
    assert secretary.dean.sends("/imports/names", said).status == 303
    assert "1 lessons wait" in secretary.dean.opens("/imports/names").words
    placing = secretary.dean.sends("/imports/names/place", {"member": college.college})
    secretary.applies(placing)
    assert len(days_of(lesson_booking("数控车削"))) == 4
    again = secretary.looks_at(secretary.brings(sheet(TURNING.replace("车削实训室", "车削2号室"))))
    assert figures(again)["unchanged"] == 1


# ── what a file may be like ──


def test_rows_that_cannot_be_read_are_listed_by_row_and_the_others_come_in(secretary):
    bad = sheet(
        TURNING,
        "焊接,某人,焊2401,若干周,二,5-6,测量室",
        "铣削,某人,铣2401,1-4,星期八,5-6,测量室",
        "磨削,某人,磨2401,1-4,三,下午,测量室",
    )
    answer = secretary.brings(bad)
    shown = secretary.looks_at(answer, "bad")
    assert figures(shown)["not readable"] == 3
    for row, word in (("3", "若干周"), ("4", "星期八"), ("5", "下午")):
        assert re.search(rf"{row} .{{0,12}}.*“{word}”", shown.words), (row, word)
    secretary.applies(answer)
    assert bookings_kept() == 1


def test_unsure_columns_are_asked_once_and_remembered(secretary):
    odd = "科目简称,带课人,哪几周,哪天,第几节,在哪\n数控车削,Teacher,1-4,二,1-2,车削实训室\n".encode()
    answer = secretary.brings(odd)
    asked = secretary.looks_at(answer)
    assert "Which columns are what?" in asked.words
    meanings = ("title", "teacher", "weeks", "weekday", "periods", "room")
    said = {f"column-{at}": meaning for at, meaning in enumerate(meanings)} | {"head": "1"}
    incomplete = secretary.dean.sends(f"{answer.location}/columns", said | {"column-2": "", "version": "1"})
    assert incomplete.status == 422
    assert "No column says: Teaching weeks" in incomplete.words
    planned = secretary.dean.sends(f"{answer.location}/columns", said | {"version": "1"})
    assert figures(secretary.looks_at(planned))["new"] == 1
    secretary.applies(planned)
    more = odd + "钳工,Teacher,1-4,三,1-2,测量室\n".encode()
    second = secretary.looks_at(secretary.brings(more))
    assert (figures(second)["new"], figures(second)["unchanged"]) == (1, 1)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"PK\x03\x04broken", b"[" * 5000, b"<html><table>"])
def test_a_file_that_is_no_table_gets_a_sentence_and_leaves_nothing(secretary, content):
    answer = secretary.brings(content)
    assert answer.status == 422
    assert "This cannot be done yet" in answer.words
    with reading():
        assert session().scalar(select(Import.id)) is None


# ── steps, and who may ──


def many(count: int) -> bytes:
    rows = [
        f"课程{number},Teacher,班{number},{1 + number // 35},{'一二三四五六日'[number % 7]},{1 + number // 7 % 5},车削实训室"
        for number in range(count)
    ]
    return sheet(*rows)


def test_a_large_import_goes_on_in_steps_and_after_a_stop_where_it_stopped(secretary):
    answer = secretary.brings(many(230))
    plan = secretary.looks_at(answer)
    assert figures(plan)["new"] == 230
    begun = secretary.dean.sends(f"{answer.location}/apply", {"version": plan.value("version")})
    assert begun.status == 303
    assert bookings_kept() == 0
    shown = secretary.dean.opens(answer.location)
    assert "0 of 230 changes are made" in shown.words
    for made in (50, 100, 150, 200, 230):
        assert secretary.dean.sends(f"{answer.location}/step", {}).status == 303
        assert bookings_kept() == made
    secretary.dean.sends(f"{answer.location}/step", {})
    assert bookings_kept() == 230, "pressed once more: nothing twice"
    with reading():
        state, done = session().execute(select(Import.state, Import.done)).one()
        left = session().scalars(select(ImportItem.id).where(~ImportItem.is_done)).all()
    assert (state, done, left) == ("applied", 230, [])


def test_a_step_that_dies_leaves_nothing_half_done(secretary, monkeypatch):
    from app.booking.actions import imports as importing

    answer = secretary.brings(many(230))
    plan = secretary.looks_at(answer)
    secretary.dean.sends(f"{answer.location}/apply", {"version": plan.value("version")})
    secretary.dean.sends(f"{answer.location}/step", {})

    def dies(*_: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patched:
        patched.setattr(importing.imports, "finish_items", dies)
        with pytest.raises(SystemExit):
            secretary.dean.sends(f"{answer.location}/step", {})
    assert bookings_kept() == 50
    assert "50 of 230 changes are made" in secretary.dean.opens(answer.location).words
    secretary.dean.sends(f"{answer.location}/step", {})
    assert bookings_kept() == 100


def test_another_member_s_import_is_not_there_for_strangers(college, secretary):
    answer = secretary.brings(sheet(TURNING))
    stranger = college.somebody("Director", college.company, "member_admin")
    assert stranger.opens(answer.location).status == 404
    assert stranger.sends(f"{answer.location}/apply", {"version": "1"}).status == 404
    assert secretary.looks_at(answer).status == 200
    assert answer.location.rsplit("/", 1)[1] not in re.findall(r"/imports/(\d+)", stranger.opens("/imports").text)
    taken_over = Secretary(stranger, college.college).brings(sheet(TURNING))
    assert taken_over.status in (403, 422)
    assert device(college.app).get(answer.location).status_code in (302, 404)


def test_every_change_leaves_one_line_in_the_trail(secretary):
    from app.trail.tables import Entry

    secretary.applies(secretary.brings(sheet(TURNING, MEASURING)))
    with reading():
        deeds = session().scalars(select(Entry.deed).order_by(Entry.id)).all()
    assert [deed for deed in deeds if deed.startswith(("import", "lesson", "booking"))] == [
        "import.add",
        "lesson.place",
        "lesson.place",
        "import.apply",
    ]
