"""One by one: what is due is done in a transaction each, so that one thing that cannot be done never stops the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.database import transaction
from app.foundation.refusal import Refused

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class SomeFailed(Exception):
    """What a job's page shows of a run in which something could not be done: the first of them, and what was done."""


@dataclass(slots=True)
class Round(Generic[Answer]):
    """What became of all that was due: the answers, and what was wrong with the rest."""

    answers: list[Answer] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def one_by_one(things: Iterable[Thing], do: Callable[[Thing], Answer]) -> Round[Answer]:
    """Do it to each of these. What is refused was changed by somebody meanwhile, or will be due again the next time."""
    done: Round[Answer] = Round()
    for thing in things:
        try:
            done.answers.append(transaction(lambda thing=thing: do(thing)))  # type: ignore[misc]
        except Refused as refused:
            log.info("%s is left to the next run: %s", thing, refused.reasons)
        except Exception as error:
            log.exception("%s could not be done", thing)
            done.failures.append(f"{type(error).__name__}: {error}")
    return done


def told(words: str, *rounds: Round[Any]) -> str:
    """The words of a run; raises SomeFailed where something in it could not be done, so that the page says so."""
    failures = [each for done in rounds for each in done.failures]
    if failures:
        raise SomeFailed(
            "; ".join(part for part in (f"{len(failures)} failed, the first: {failures[0]}", words) if part)
        )
    return words
