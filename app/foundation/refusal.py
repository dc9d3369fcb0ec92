"""Refusals: why something cannot be done, as facts; their wording lives at the web edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that stands in the way. Subclasses carry the facts; `code` is the word programs see.

    `kind` says what sort of no it is: "conflict" (somebody or something is in the way, 409), "invalid" (the request
    makes no sense, 422), "forbidden" (not allowed to this person, 403), "missing" (no such thing, 404), "stale" (it
    changed meanwhile, 409), "busy" (try again shortly, 503).
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[str] = "conflict"


class Refused(Exception):
    """Raised by actions with every reason there is; nothing has been changed."""

    def __init__(self, reasons: Sequence[Reason] | Reason) -> None:
        self.reasons: tuple[Reason, ...] = (reasons,) if isinstance(reasons, Reason) else tuple(reasons)
        super().__init__(", ".join(reason.code for reason in self.reasons))


@dataclass(frozen=True, slots=True)
class NotFound(Reason):
    """There is no such thing, or it is out of this person's sight: the two look the same on purpose."""

    code = "not_found"
    kind = "missing"


@dataclass(frozen=True, slots=True)
class NotAllowed(Reason):
    """The person may see it but not do this to it."""

    code = "not_allowed"
    kind = "forbidden"
    deed: str


@dataclass(frozen=True, slots=True)
class ChangedMeanwhile(Reason):
    """The caller's version is stale; `version` is the present one."""

    code = "changed_meanwhile"
    kind = "stale"
    version: int


@dataclass(frozen=True, slots=True)
class Busy(Reason):
    """Too many people at once; nothing was changed, the same request may be sent again."""

    code = "busy"
    kind = "busy"


@dataclass(frozen=True, slots=True)
class KeyUsedOtherwise(Reason):
    """The idempotency key already belongs to a request with another body."""

    code = "key_used_otherwise"
    kind = "conflict"


@dataclass(frozen=True, slots=True)
class Invalid(Reason):
    """A field's content makes no sense; `field` is its name, `problem` a short code that wording knows."""

    code = "invalid"
    kind = "invalid"
    field: str
    problem: str
