"""The mutants still fit the code: each finds exactly the lines it means to break (whether it is caught, `make mutants` says)."""

from __future__ import annotations

import pytest

from tests.load.mutants import MUTANTS
from tests.servers import PROJECT

PROMISES = {"R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R13", "R14", "R23", "S1", "S2", "S4", "S5"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.promise}-{mutant.what}")
def test_a_mutant_finds_what_it_breaks(mutant):
    code = (PROJECT / mutant.file).read_text()
    for old, new in ((mutant.old, mutant.new), *mutant.also):
        assert code.count(old) == 1
        assert old != new


def test_every_promise_of_this_stage_has_a_mutant():
    assert {mutant.promise for mutant in MUTANTS} >= PROMISES
