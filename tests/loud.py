"""Saying loudly what a test run could not do: skips that stand in the summary in capitals, grouped and counted."""

from __future__ import annotations

from collections import Counter
from typing import Any, NoReturn

import pytest

MARK = "LEFT OUT: "


def left_out(what: str) -> NoReturn:
    """Skip this test because the machine lacks something; the run's end says so loudly."""
    pytest.skip(MARK + what)


def summary(skipped: list[Any]) -> list[str]:
    """One line for each reason, with the number of tests it cost."""
    reasons: Counter[str] = Counter()
    for report in skipped:
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MARK in text:
            reasons[text.split(MARK, 1)[1].strip()] += 1
    return [f"{MARK}{count} tests: {reason}" for reason, count in reasons.most_common()]
