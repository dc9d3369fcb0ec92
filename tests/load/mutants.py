"""`make mutants`: break each promise on purpose, in a copy, and see the test that guards it fail.

A mutant that survives is a test that proves nothing; one that no longer fits the code is out of date. Both end in a
non-zero exit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.servers import PROJECT

LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", ".venv-clients", "instance", "__pycache__", ".*_cache")


@dataclass(frozen=True)
class Mutant:
    """One promise broken: in `file`, `old` becomes `new` (and `also` its pairs); `tests` (pytest's words) must fail."""

    promise: str
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    also: tuple[tuple[str, str], ...] = ()


LOAD = "tests/load/test_no_double_booking.py"
LOST = "tests/load/test_nothing_is_lost.py"
SAME = "tests/storage/test_same_answers.py"
CROWD = (f"{LOAD}::test_a_crowd_never_gets_one_unit_twice",)
CROWD_PG = (*CROWD, "--database", "postgresql")
UNCHECKED = f"{LOAD}::test_with_the_check_switched_off_the_database_still_refuses"
QUOTAS = ("tests/load/test_quotas.py", "-k", "one_moment", "--database", "postgresql")
CALENDAR = ("tests/rules/test_calendar.py",)
IMPORTS = ("tests/rules/test_importing_lessons.py",)
DOORS = ("tests/architecture/test_every_route_by_role.py", "--database", "sqlite")
MESSAGES = "tests/load/test_messages.py"
RUNNER = "tests/load/test_one_runner.py"
CHAINS = ("tests/rules/test_chain.py", "tests/storage/test_chains.py", "--database", "sqlite")
CONDUCT = ("tests/rules/test_conduct.py", "tests/stories/test_conduct.py", "--database", "sqlite")
CREDIT = ("tests/rules/test_credit.py", "tests/stories/test_credit.py", "--database", "sqlite")
EVERY_STATE = ("tests/storage/test_every_state.py", "--database", "sqlite")
PROMOTED = ("tests/load/test_whose_turn.py", "-k", "comes_free", "--database", "postgresql")
SWAPPED = ("tests/load/test_whose_turn.py", "-k", "half_an_exchange")
HISTORY = (SAME, "-k", "0", "--database", "sqlite")

MUTANTS = (
    Mutant(
        "R15",
        "a new bell table asks nobody",
        "app/booking/actions/bells.py",
        "    touched = rung_otherwise(dates_in_periods(now, member_id), before, _tables())\n    if not touched:",
        "    touched = rung_otherwise(dates_in_periods(now, member_id), before, _tables())\n    if touched or not touched:",
        ("tests/storage/test_bell_changes.py", "--database", "sqlite"),
    ),
    Mutant(
        "R16",
        "lessons are given on holidays",
        "app/timetable/rules/calendar.py",
        "            given = self.days.given_on(day)",
        "            given = day",
        CALENDAR,
    ),
    Mutant(
        "R16",
        "a lesson that is made up is given on its own day too",
        "app/timetable/rules/days.py",
        "        if day in self.moved:\n            return Status(",
        "        if day in self.moved and False:\n            return Status(",
        CALENDAR,
    ),
    Mutant(
        "R17",
        "odd and even weeks are every week",
        "app/timetable/rules/weeks.py",
        "        self.draft.weeks = self.earlier | kept",
        "        self.draft.weeks |= kept",
        ("tests/rules/test_weeks.py",),
    ),
    Mutant(
        "R18",
        "the same lesson of the same file is a new one",
        "app/booking/rules/imports/matching.py",
        "        stands = by_key.pop(lesson.key, None)",
        "        stands = None",
        IMPORTS,
    ),
    Mutant(
        "R18",
        "an import takes up again what somebody cancelled by hand",
        "app/booking/rules/imports/delta.py",
        "        if date.is_open and (",
        "        if (",
        IMPORTS,
    ),
    Mutant(
        "R1",
        "drop the lock on units",
        "app/catalogue/store/units.py",
        "    hold(UnitRow, _these_and_their_rooms(), unit_ids=sorted(set(unit_ids)))",
        "    return",
        CROWD_PG,
    ),
    Mutant(
        "R1",
        "drop the guard (SQLite)",
        "migrations/guards.py",
        "WHERE EXISTS (\n    SELECT 1 FROM booking_allocation AS other",
        "WHERE 0 AND EXISTS (\n    SELECT 1 FROM booking_allocation AS other",
        (UNCHECKED, "--database", "sqlite"),
    ),
    Mutant(
        "R1",
        "drop the guard (PostgreSQL: trigger and constraint)",
        "migrations/guards.py",
        'WHERE (holds AND exclusive)"""',
        'WHERE (holds AND exclusive AND false)"""',
        (UNCHECKED, "--database", "postgresql"),
        also=(
            (
                "AND other.ends_at > NEW.starts_at AND (other.exclusive OR NEW.exclusive)) THEN",
                "AND other.ends_at > NEW.starts_at AND (other.exclusive OR NEW.exclusive) AND false) THEN",
            ),
        ),
    ),
    Mutant(
        "R1",
        "<= for <: touching times clash",
        "app/foundation/timespan.py",
        "return self.start < other.end and other.start < self.end",
        "return self.start <= other.end and other.start <= self.end",
        ("tests/rules", "-k", "conflict or availability or timespan"),
    ),
    Mutant(
        "R1",
        "approve without looking again",
        "app/booking/actions/deciding.py",
        "    if reasons := reasons_to_refuse(asked, judged_in):\n        raise Refused(reasons)\n    return judged_in",
        "    return judged_in",
        CROWD,
    ),
    Mutant(
        "R23",
        "one approves her own",
        "app/booking/actions/answerers.py",
        "    return [] if is_hers(actor.person_id, booking) else _reached(actor, booking, parts)",
        "    return _reached(actor, booking, parts, whoever=True)",
        CHAINS,
    ),
    Mutant(
        "R23",
        "who agreed takes it over, and it stays agreed",
        "app/booking/actions/passing.py",
        "    if before.member_id != actor.member_id or answerers.had_a_say(actor.person_id, before, said, actor.on):",
        "    if before.member_id != actor.member_id:",
        ("tests/storage/test_ways_round.py", "--database", "sqlite"),
    ),
    Mutant(
        "R26",
        "whoever has the time now answers the appeal against it",
        "app/booking/actions/appealing.py",
        "for each in (booking, winner) if each",
        "for each in (booking,) if each",
        ("tests/stories/test_ways_round.py", "--database", "sqlite"),
    ),
    Mutant(
        "R23",
        "agreed before the last step",
        "app/booking/rules/chain.py",
        "        if not is_complete(step):",
        "        if number == 1 and not is_complete(step):",
        CHAINS,
    ),
    Mutant(
        "R23",
        "what is granted by silence is not judged again",
        "app/booking/actions/lapsing.py",
        "            judged_in = judge(before, now)",
        "            judged_in = _situation(before, now)[1]",
        CHAINS,
        (("import end, go_on, judge", "import _situation, end, go_on"),),
    ),
    Mutant(
        "R29",
        "a freed time is held for the next in the line without the lock",
        "app/booking/actions/serving.py",
        "    catalogue.hold_units(sorted(unit_ids))",
        "",
        PROMOTED,
        also=(
            (
                "        catalogue.hold_units(sorted(store.in_the_labs_of({unit_id for unit_id, _ in freed})))",
                "        pass",
            ),
        ),
    ),
    Mutant(
        "R7",
        "units are locked after the end of the trail",
        "app/booking/actions/serving.py",
        "        catalogue.hold_units(sorted(store.in_the_labs_of({unit_id for unit_id, _ in freed})))",
        "        pass",
        CROWD_PG,
    ),
    Mutant(
        "R7",
        "what is waited for together is locked whoever has it",
        "app/booking/actions/serving.py",
        "(catalogue.hold_at_once(partners) if partners else set())",
        "set(catalogue.hold_units(sorted(partners)) or partners)",
        ("tests/storage/test_answers_at_once.py", "--database", "postgresql"),
    ),
    Mutant(
        "R29",
        "an exchange in two transactions",
        "app/booking/actions/passing.py",
        "        _ask_again(booking.id, unit_ids, units, [date.id], now)\n    store.answer",
        "        _ask_again(booking.id, unit_ids, units, [date.id], now)\n"
        "        from app.database import session\n        session().commit()\n    store.answer",
        SWAPPED,
    ),
    Mutant(
        "R29",
        "a hand-over is not judged again for whoever takes it",
        "app/booking/actions/passing.py",
        "    if reasons:\n        raise Refused(reasons)\n    return units",
        "    return units",
        ("tests/stories/test_passing_on.py", "--database", "sqlite"),
    ),
    Mutant(
        "R29",
        "displacing whoever is in the way, whatever stands against it",
        "app/booking/actions/displacing.py",
        "    if found.reasons:\n        raise Refused(found.reasons)\n",
        "",
        EVERY_STATE,
    ),
    Mutant(
        "R29",
        "a held time can be taken twice",
        "app/booking/actions/waiting.py",
        "    if offer.state != OPEN or offer.expires_at <= now or not booking.open_dates:",
        "    if not booking.open_dates:",
        EVERY_STATE,
    ),
    Mutant(
        "R19",
        "what a quota counts is not locked",
        "app/booking/store/limits.py",
        "        hold(Person, Person.id.in_(sorted(holder_ids)))",
        "        pass",
        QUOTAS,
        also=(("        hold(Member, Member.id.in_(sorted(member_ids)))", "        pass"),),
    ),
    Mutant(
        "R27",
        "the last day counts a day too long",
        "app/consortium/rules/qualification.py",
        """        return not self.is_revoked and self.from_on <= day and (self.until_on is None or day < self.until_on)""",
        """        return not self.is_revoked and self.from_on <= day and (self.until_on is None or day <= self.until_on)""",
        ("tests/rules/test_eligibility.py",),
    ),
    Mutant(
        "R27",
        "what a machine asks is not asked of whoever takes its lab whole",
        "app/booking/store/limits.py",
        '        (unit.c.kind == "room") != (other.c.kind == "room"),',
        '        (unit.c.kind != "room") & (other.c.kind == "room"),',
        ("tests/stories/test_eligibility.py",),
    ),
    Mutant(
        "R27",
        "whoever takes a booking over is not asked",
        "app/booking/actions/passing.py",
        "        judged_in = situation(asked, NO_TIME_LIMITS, except_dates, now, numbers)",
        "        judged_in = replace(situation(asked, NO_TIME_LIMITS, except_dates, now, numbers), standing=None)",
        ("tests/stories/test_eligibility.py",),
    ),
    Mutant(
        "R27",
        "the person is not locked where she may be in one place only",
        "app/booking/actions/situation.py",
        """ if quota.counts_person or numbers[0]["eligibility.one_place"] else (),""",
        """ if quota.counts_person else (),""",
        ("tests/load/test_one_place.py",),
    ),
    Mutant(
        "R19",
        "a move goes round the quota",
        "app/booking/actions/changing.py",
        "        reasons = reasons_against_all_of(asked.slots, asked, judged_in)",
        "        pass",
        ("tests/stories/test_limits.py", "--database", "sqlite"),
    ),
    Mutant(
        "R1",
        "only the first date of a series is checked",
        "app/booking/rules/conflict.py",
        "        for slot in asked.slots\n    ]",
        "        for slot in asked.slots[:1]\n    ] + [[] for _ in asked.slots[1:]]",
        HISTORY,
    ),
    Mutant(
        "R1",
        "a machine takes no part of its room",
        "app/booking/rules/request.py",
        "        if unit.is_room or unit.room_id is None:\n            continue",
        "        continue",
        HISTORY,
    ),
    Mutant(
        "R2",
        "the sum of a pool's bookings for its fullest moment",
        "app/booking/rules/conflict.py",
        "sum(other.quantity for other in inside if other.span.start <= at < other.span.end)",
        "sum(other.quantity for other in inside)",
        HISTORY,
    ),
    Mutant(
        "R3",
        "commit inside: dates before their units",
        "app/booking/actions/asking.py",
        "    date_ids = bookings.add_dates(booking_id, kept, state, now)\n",
        "    date_ids = bookings.add_dates(booking_id, kept, state, now)\n"
        "    from app.database import session\n    session().commit()\n    import time\n    time.sleep(0.02)\n",
        (f"{LOST}::test_a_group_is_never_kept_in_part",),
    ),
    Mutant(
        "R3",
        "commit inside the loop: the displaced are cancelled though the winner fails",
        "app/booking/actions/displacing.py",
        "    outcome = request(actor, asked, now=now, uid=uid)\n    if gave_way",
        "    from app.database import session\n"
        "    session().commit()\n"
        "    outcome = request(actor, asked, now=now, uid=uid)\n    if gave_way",
        ("tests/stories/test_displacing.py", "-k", "last_moment", "--database", "sqlite"),
    ),
    Mutant(
        "R26",
        "displaced after the deadline",
        "app/booking/rules/priority.py",
        "    elif now > (until := deadline(standing.start, standing.terms)):",
        "    elif now > (until := deadline(standing.start, standing.terms)) and not standing:",
        ("tests/rules/test_priority.py",),
    ),
    Mutant(
        "R26",
        "others than were shown are displaced",
        "app/booking/actions/displacing.py",
        "<= set(held) or mark not in (None, found.mark):",
        "<= set(held):",
        ("tests/stories/test_displacing.py", "-k", "never_displaced", "--database", "sqlite"),
    ),
    Mutant(
        "R26",
        "of several units lost together one is offered",
        "app/booking/rules/waiting.py",
        "        if self.together:\n            return tuple(",
        "        if self.together and not unit_id:\n            return tuple(",
        ("tests/stories/test_displaced_in_line.py", "-k", "together_or_not", "--database", "sqlite"),
    ),
    Mutant(
        "R26",
        "an upheld appeal gives the time back and leaves what was held for it as well",
        "app/booking/actions/restoring.py",
        "        _end_waiting(one, now)\n        return GivenBack(restored=True",
        "        return GivenBack(restored=True",
        ("tests/stories/test_appeals_upheld.py", "-k", "stands_again", "--database", "sqlite"),
    ),
    Mutant(
        "R4",
        "reply before commit",
        "app/database.py",
        "                    own.commit()\n                    return result",
        "                    return result",
        (f"{LOST}::test_nothing_acknowledged_is_lost_when_workers_are_killed",),
    ),
    Mutant(
        "R5",
        "a stale answer in the check",
        "app/booking/store/ledger.py",
        "    rows: Iterable[Any] = dict.fromkeys(tuple(row)[:8] for row in session().execute(query, given))",
        "    kept = taken.__dict__.setdefault('kept', {})\n"
        "    key = (tuple(ids), tuple(windows), tuple(except_dates))\n"
        "    rows: Iterable[Any] = kept.setdefault(\n"
        "        key, list(dict.fromkeys(tuple(row)[:8] for row in session().execute(query, given)))\n"
        "    )",
        (f"{SAME}::test_a_freed_slot_can_be_had_at_once",),
    ),
    Mutant(
        "R6",
        "rowcount for RETURNING",
        "app/trail/store.py",
        "    return fresh is not None",
        "    return True",
        (f"{LOST}::test_the_same_key_is_the_same_booking",),
    ),
    Mutant(
        "R7",
        "unordered locks",
        "app/catalogue/store/units.py",
        "    hold(UnitRow, _these_and_their_rooms(), unit_ids=sorted(set(unit_ids)))",
        "    import random\n"
        "    unit = table_of(UnitRow)\n"
        "    given = {'unit_ids': sorted(set(unit_ids))}\n"
        "    every = session().scalars(select(unit.c.id).where(_these_and_their_rooms()), given).all()\n"
        "    for each in random.sample(list(every), len(every)):\n"
        "        hold(UnitRow, unit.c.id == each)",
        CROWD_PG,
    ),
    Mutant(
        "R13",
        "an answer that only one database gives",
        "app/booking/store/ledger.py",
        "    rows: Iterable[Any] = dict.fromkeys(tuple(row)[:8] for row in session().execute(query, given))",
        "    from app.database import is_sqlite\n"
        "    found = dict.fromkeys(tuple(row)[:8] for row in session().execute(query, given))\n"
        "    rows: Iterable[Any] = found if is_sqlite() else list(found)[:1]",
        (SAME, "-k", "0", "--database", "postgresql"),
    ),
    Mutant(
        "S1",
        "the gate lets everybody in",
        "app/entrypoints/gate.py",
        "    if not may_enter(who, deed):\n",
        "    if not who.is_signed_in:\n",
        (*DOORS, "-k", "exactly"),
    ),
    Mutant(
        "S1",
        "one action forgets to ask: whoever sees a person may change her",
        "app/consortium/actions/people.py",
        "    if not may(actor, deed, as_changed_by(person_id, held, actor.member_id, local_day(now))):\n",
        "    if not may(actor, 'person.see', as_seen_by(person_id, held, actor.member_id)):\n",
        (*DOORS, "-k", "exactly"),
    ),
    Mutant(
        "S2",
        "drop the scope in one query",
        "app/booking/store/visible.py",
        "    if scope.everything:\n        return true()\n    parts: list[ColumnElement[bool]] = []\n    if scope.holder_id",
        "    if not scope.is_empty:\n        return true()\n    parts: list[ColumnElement[bool]] = []\n    if scope.holder_id",
        ("tests/storage/test_canaries.py", "-k", "no_page", "--database", "sqlite"),
    ),
    Mutant(
        "S4",
        "signing out forgets the cookie only",
        "app/consortium/actions/entry.py",
        "    store.end_sign_ins(person_id=present.person_id, now=now, only=present.sign_in_id)\n",
        "",
        ("tests/stories/test_coming_in.py", "-k", "copied", "--database", "sqlite"),
    ),
    Mutant(
        "S4",
        "a new password leaves old tokens good",
        "app/consortium/store/entry.py",
        "        password_not_newer_than(ApiToken.created_at),\n",
        "",
        ("tests/stories/test_coming_in.py", "-k", "new_password", "--database", "sqlite"),
    ),
    Mutant(
        "S5",
        "a change without its trail entry",
        "app/booking/actions/changing.py",
        "    record(actor, deed, before.id, now,",
        "    (lambda *_, **__: None)(actor, deed, before.id, now,",
        CROWD,
    ),
    Mutant(
        "R14",
        "days are read in UTC",
        "app/foundation/timespan.py",
        'ZONE = ZoneInfo("Asia/Shanghai")',
        'ZONE = ZoneInfo("UTC")',
        ("tests/rules/test_timespan.py", "tests/rules/test_timetable.py"),
    ),
    Mutant(
        "S1",
        "a route without its guard",
        "app/entrypoints/web/administration/trail.py",
        '@gate.needs("trail.read")\ndef trail()',
        "def trail()",
        ("tests/architecture/test_routes.py",),
    ),
    Mutant(
        "S2",
        "everybody sees every field of a booking",
        "app/consortium/rules/permission.py",
        '    return BOOKING_FIELDS["busy"]',
        '    return BOOKING_FIELDS["full"]',
        ("tests/rules/test_permission.py",),
    ),
    Mutant(
        "S2",
        "the timetable forgets whose title it may show",
        "app/booking/actions/looking.py",
        '        if "title" not in view:',
        "        if not view:",
        ("tests/storage/test_canaries.py", "--database", "sqlite"),
    ),
    Mutant(
        "R8",
        "delete before send: leased is taken for sent",
        "app/outbox/store/deliveries.py",
        ".values(leased_until=until, tries=Delivery.tries + 1)",
        '.values(state="sent", tries=Delivery.tries + 1)',
        (f"{MESSAGES}::test_no_message_is_lost_when_its_sender_is_killed", "--database", "sqlite"),
    ),
    Mutant(
        "R8",
        "a repeat is another mail",
        "app/entrypoints/jobs/mail.py",
        'mail["Message-ID"] = f"<{leased.mark}@',
        'mail["Message-ID"] = f"<{leased.mark}.{leased.tries}@',
        ("tests/stories/test_messages.py", "-k", "repeat", "--database", "sqlite"),
    ),
    Mutant(
        "R9",
        "two schedulers: everybody leads",
        "app/outbox/store/leadership.py",
        "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        (f"{RUNNER}::test_of_four_workers_one_ticks_and_another_takes_over", "--database", "sqlite"),
    ),
    Mutant(
        "R9",
        "two schedulers on PostgreSQL",
        "app/outbox/store/leadership.py",
        "SELECT pg_try_advisory_lock(:key)",
        "SELECT pg_try_advisory_lock_shared(:key)",
        (f"{RUNNER}::test_of_four_workers_one_ticks_and_another_takes_over", "--database", "postgresql"),
    ),
    Mutant(
        "R9",
        "the scheduler's own misfire: what is late is left out",
        "app/entrypoints/jobs/runner.py",
        '"misfire_grace_time": None',
        '"misfire_grace_time": 1',
        (f"{RUNNER}::test_a_late_run_is_run_all_the_same", "--database", "sqlite"),
    ),
    Mutant(
        "R24",
        "given on although somebody came",
        "app/usage/rules/presence.py",
        "        and seen.arrived_at is None\n        and seen.left_at is None\n        and seen.released_at is None\n    )",
        "        and seen.released_at is None\n    )",
        CONDUCT,
    ),
    Mutant(
        "R24",
        "a missing record is taken for a no-show",
        "app/usage/rules/verdict.py",
        "if seen.expected_at is not None and graces.no_show is not None else None",
        "if graces.no_show is not None else None",
        CONDUCT,
    ),
    Mutant(
        "R25",
        "restricted by itself though that is off",
        "app/consortium/rules/credit.py",
        'automatic=bool(values["restriction.automatic"])',
        "automatic=True",
        CREDIT,
    ),
    Mutant(
        "R25",
        "who decided answers the appeal",
        "app/consortium/actions/conduct.py",
        "    if before.decided_by == actor.person_id:",
        "    if before.decided_by == 0:",
        CREDIT,
    ),
    Mutant(
        "R25",
        "an excuse gives nothing back",
        "app/consortium/rules/credit.py",
        "if event.reverses_id is None and event.id not in excused]",
        "if event.reverses_id is None]",
        CREDIT,
    ),
    Mutant(
        "R25",
        "what was noted of somebody can be changed",
        "migrations/versions/0006_what_was_left.py",
        "    guards.guard_credit(op.get_bind())\n",
        "",
        ("tests/migrations/test_with_care.py", "-k", "noted", "--database", "sqlite"),
    ),
    Mutant(
        "R7",
        "waiting for one's turn without end",
        "app/database.py",
        "            in_time = self._reached.wait(max(give_up_at - time.monotonic(), 0))",
        "            in_time = self._reached.wait()",
        ("tests/storage/test_turn.py", "-k", "too_long"),
    ),
    Mutant(
        "R1",
        "an upheld appeal gives back what is taken by now",
        "app/booking/actions/restoring.py",
        "    if against or clashes_between(",
        "    if clashes_between(",
        CROWD,
    ),
    Mutant(
        "R23",
        "who uses it makes it longer herself, though a keeper decides about it",
        "app/usage/actions/presence.py",
        '        if hers or not may(actor, "booking.approve", where[unit.base_id, chain.KEEPER])',
        '        if not hers and not may(actor, "booking.approve", where[unit.base_id, chain.KEEPER])',
        ("tests/storage/test_ways_round.py", "tests/stories/test_conduct.py", "--database", "sqlite"),
    ),
    Mutant(
        "R24",
        "what nobody came for is given on before the minutes of grace are over",
        "app/usage/rules/presence.py",
        "    return span.start + graces.no_show\n",
        "    return span.start\n",
        EVERY_STATE,
    ),
    Mutant(
        "R28",
        "what is broken can be booked",
        "app/booking/store/ledger.py",
        "        fault.c.began_at < end,\n        fault.c.blocked_until > start,",
        "        fault.c.began_at < end,\n        fault.c.blocked_until < fault.c.began_at,",
        ("tests/stories/test_api_faults.py", "--database", "sqlite"),
    ),
    Mutant(
        "R28",
        "whose booking a fault is in the way of is not told",
        "app/booking/actions/fault_hits.py",
        "    newly = [hit for hit in hits(fault, now) if hit.booking.id not in known]",
        "    newly = [hit for hit in hits(fault, now) if hit.booking.id in known]",
        ("tests/stories/test_faults.py", "-k", "monday_morning", "--database", "sqlite"),
    ),
    Mutant(
        "R28",
        "downtime of two faults that lie over one another counts twice",
        "app/timetable/rules/faults.py",
        "for span in merged(spans)",
        "for span in list(spans)",
        ("tests/rules/test_faults.py",),
    ),
)


def main(words: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not words or mutant.promise in words]
    survivors = []
    for mutant in chosen:
        outcome = _outcome(mutant)
        print(f"{mutant.promise:4} {outcome:12} {mutant.what}", flush=True)
        if outcome != "caught":
            survivors.append(mutant)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught")
    return 1 if survivors else 0


def _outcome(mutant: Mutant) -> str:
    with tempfile.TemporaryDirectory(prefix="gongfang-mutant-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(PROJECT, copy, ignore=LEFT_BEHIND)
        file = copy / mutant.file
        code = file.read_text()
        for old, new in ((mutant.old, mutant.new), *mutant.also):
            if code.count(old) != 1:
                return "out of date"
            code = code.replace(old, new)
        file.write_text(code)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests],
            cwd=copy,
            env=os.environ | {"GONGFANG_LOAD_SECONDS": "8", "GONGFANG_MUTANT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )
        if done.returncode == 1:
            return "caught"
        return "SURVIVED" if done.returncode == 0 else f"pytest {done.returncode}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
