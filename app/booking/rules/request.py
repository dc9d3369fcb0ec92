"""What somebody asks for, and what that takes of each unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.catalogue.rules.unit import Unit
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import Span

PURPOSES: dict[str, str] = {
    "teaching": "teaching",  # 实训教学
    "experiment": "teaching",  # 实验教学
    "competition": "teaching",  # 技能竞赛（含集训）
    "certification": "service",  # 职业技能等级认定 / 鉴定
    "apprenticeship": "teaching",  # 学徒制
    "order_class": "teaching",  # 订单班
    "internship": "teaching",  # 岗位实习（厂中校）
    "staff_training": "service",  # 企业职工培训
    "public_training": "service",  # 社会培训
    "teacher_training": "service",  # 师资培训
    "technical_service": "service",  # 技术服务 / 委托加工
    "research": "research",  # 科研开发
    "innovation": "teaching",  # 创新创业
    "visit": "none",  # 开放参观
    "maintenance": "none",  # 维护保养
}
"""Each purpose and the column of the national report it counts in: teaching, research, service, or none."""

LONGEST_TITLE, LONGEST_NOTE, MOST_HEADS = 120, 2_000, 100_000
"""Characters of a title and of a note, and people."""

LONGEST_PIECE = timedelta(hours=24)
"""No row of the ledger is longer, so that looking for overlaps never looks back further than this."""


@dataclass(frozen=True, slots=True)
class Want:
    """So many of a unit. One of a room is the whole room."""

    unit_id: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """One wanted date: its time and the class periods it was asked for in (empty: by the clock)."""

    span: Span
    periods: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole request: everything wanted, on every date wanted."""

    wants: tuple[Want, ...]
    slots: tuple[Slot, ...]
    purpose: str
    title: str
    member_id: int
    holder_id: int
    headcount: int | None = None
    note: str = ""
    declared: frozenset[str] = frozenset()
    """What is declared of the learners: `sixteen` (all are 16 or older), `not_first_year` (none is in the first year)."""


def reasons_against_words(asked: Asked) -> list[Reason]:
    """What is wrong with what a request says of itself."""
    found: list[Reason] = []
    if asked.purpose not in PURPOSES:
        found.append(Invalid("purpose", "unknown"))
    if not asked.title.strip():
        found.append(Invalid("title", "missing"))
    if len(asked.title.strip()) > LONGEST_TITLE:
        found.append(Invalid("title", "too_long"))
    if len(asked.note) > LONGEST_NOTE:
        found.append(Invalid("note", "too_long"))
    if asked.headcount is not None and not 1 <= asked.headcount <= MOST_HEADS:
        found.append(Invalid("headcount", "out_of_range"))
    return found


@dataclass(frozen=True, slots=True)
class Claim:
    """What one date takes of one unit: all of it (`exclusive`), or so many of its capacity."""

    unit_id: int
    quantity: int
    exclusive: bool
    asked: bool
    before: timedelta = timedelta()
    after: timedelta = timedelta()

    def taken_by(self, span: Span) -> Span:
        """The time taken when the use itself takes `span`: set-up before it and cleaning after it included."""
        return span.widen(self.before, self.after)


def claims(wants: Sequence[Want], units: Mapping[int, Unit]) -> list[Claim]:
    """What the wanted units take: each itself, and a part of the room it stands in, so that nobody takes the room whole."""
    found: dict[int, Claim] = {}
    for want in wants:
        unit = units[want.unit_id]
        before, after = timedelta(minutes=unit.setup_minutes), timedelta(minutes=unit.cleaning_minutes)
        whole = unit.is_room or unit.capacity == 1
        found[unit.id] = Claim(unit.id, 1 if whole else want.quantity, whole, asked=True, before=before, after=after)
    for want in wants:
        unit = units[want.unit_id]
        if unit.is_room or unit.room_id is None:
            continue
        mine = found[unit.id]
        room = found.get(unit.room_id)
        if room is None:
            found[unit.room_id] = _part_of_room(unit.room_id, mine.before, mine.after)
        elif not room.asked:
            found[unit.room_id] = _part_of_room(
                unit.room_id, max(room.before, mine.before), max(room.after, mine.after)
            )
    return sorted(found.values(), key=lambda claim: claim.unit_id)


def _part_of_room(room_id: int, before: timedelta, after: timedelta) -> Claim:
    return Claim(room_id, 1, exclusive=False, asked=False, before=before, after=after)


def pieces(span: Span) -> Iterator[Span]:
    """A span cut into stretches of at most 24 hours."""
    start = span.start
    while start < span.end:
        end = min(start + LONGEST_PIECE, span.end)
        yield Span(start, end)
        start = end


def reach(claimed: Iterable[Claim], slots: Sequence[Slot]) -> list[Span]:
    """For each slot the widest time that any claim takes: what must be read to judge it."""
    all_claims = list(claimed)
    before = max((claim.before for claim in all_claims), default=timedelta())
    after = max((claim.after for claim in all_claims), default=timedelta())
    return [slot.span.widen(before, after) for slot in slots]
