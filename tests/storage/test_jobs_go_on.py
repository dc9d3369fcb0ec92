"""R9: one thing that cannot be done never stops the others, and what began while nothing ran is not granted afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from app.booking.actions import faults, lapsing, serving, waiting
from app.booking.rules.chain import GRANT, Step
from app.booking.store import chains
from app.booking.store import waiting as line_store
from app.entrypoints.jobs.approvals import run_approvals
from app.entrypoints.jobs.faults import run_faults
from app.entrypoints.jobs.line import run_line, run_sweep
from app.entrypoints.jobs.one_by_one import SomeFailed
from app.entrypoints.jobs.usage import run_judge, run_presence
from app.foundation.refusal import ChangedMeanwhile, Refused
from app.timetable.store import faults as fault_store
from app.usage.actions import judging, tending
from tests.storage.test_chains import Council, found, parts

NOW = datetime.now(UTC)
THINGS = [SimpleNamespace(id=number, booking_id=number, date_id=number) for number in (1, 2, 3)]
NUMBERS = [1, 2, 3]

JOBS = {
    "approvals": (run_approvals, chains, "due", NUMBERS, lapsing, "lapse", "confirmed"),
    "begun": (run_approvals, chains, "begun", NUMBERS, lapsing, "expire", True),
    "line": (run_line, line_store, "offers", THINGS, waiting, "expire", True),
    "sweep": (run_sweep, line_store, "standbys", THINGS, serving, "sweep", 7),
    "presence": (run_presence, tending, "to_tend", THINGS, tending, "tend", "watched"),
    "judge": (run_judge, judging, "to_judge", [(1, 1), (2, 2), (3, 3)], judging, "judge", "normal"),
    "faults": (run_faults, fault_store, "blocking", THINGS, faults, "roll", True),
}


@pytest.mark.parametrize("name", JOBS)
def test_what_cannot_be_done_stops_nothing_else_and_is_said(kept, monkeypatch, name):
    run, where, reads, due, actions, deed, answer = JOBS[name]
    monkeypatch.setattr(where, reads, lambda *_, **__: due)
    done = []

    def acts(_actor, number, *_, **__):
        done.append(number)
        if number == 1:
            raise ValueError("poison")
        if number == 2:
            raise Refused(ChangedMeanwhile(7))
        return answer

    monkeypatch.setattr(actions, deed, acts)
    with pytest.raises(SomeFailed, match=r"^1 failed, the first: ValueError: poison; .*1$"):
        run(NOW)
    assert done == NUMBERS
    monkeypatch.setattr(actions, deed, lambda *_, **__: answer)
    assert run(NOW).endswith(": 3")


def test_after_days_of_standing_still_nobody_is_granted_what_has_begun(kept):
    town = Council()
    town.chain(Step(("owner",), silence=GRANT))
    past, coming = town.asks(town.lis, town.lathe), town.asks(town.lis, town.lathe, day=7)
    after = town.span(8, 10).end + timedelta(days=2)
    assert max(part.due_at for part in (*parts(past), *parts(coming))) < town.span(8, 10).start
    assert run_approvals(after) == "confirmed: 1, unanswered: 1"
    assert (found(past).state, found(past).approvals[0].reason) == ("refused", "unanswered")
    assert found(coming).state == "confirmed"
