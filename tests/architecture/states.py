"""Writes docs/states.md, the drawing and the table of what becomes of a booked date, from the one table: `make states`."""

from __future__ import annotations

import sys

from app.booking.rules.course import CANCELLED, CONFIRMED, REFUSED, WAITING
from app.booking.rules.transitions import CLOCK, FOLLOWS, NOT_YET, OFFERED, PLACES, TRANSITIONS
from app.consortium.rules.permission import ANY, EVERYBODY, POLICY, Grant
from tests.servers import PROJECT

FILE = PROJECT / "docs" / "states.md"

Words = dict[str, tuple[str, str]]
"""Chinese and English words of codes."""

STATES: Words = {
    NOT_YET: ("尚无", "not there yet"),
    OFFERED: ("候补保留中", "held for the waiting list"),
    WAITING: ("待审批", "waiting"),
    CONFIRMED: ("已确认", "confirmed"),
    REFUSED: ("已拒绝", "refused"),
    CANCELLED: ("已取消", "cancelled"),
}
DEEDS: Words = {
    "booking.request": ("申请", "ask for it"),
    "booking.add": ("加日期", "add dates"),
    "booking.change": ("改期、改内容", "move or change it"),
    "booking.approve": ("同意", "approve"),
    "booking.refuse": ("拒绝", "refuse"),
    "booking.cancel": ("取消", "cancel"),
    "booking.escalate": ("无人答复，转上一级", "unanswered, it goes up"),
    "booking.accept_time": ("接受另一时间", "take another time proposed"),
    "booking.displace": ("被优先者调整", "give way to what goes first"),
    "displacement.answer": ("申诉成立，恢复", "given back after an appeal"),
    "presence.give_back": ("提前归还", "give the rest back"),
    "presence.release": ("无人到场，释放", "nobody came: given on"),
    "waiting.offer": ("为候补者保留", "hold it for the next in line"),
    "waiting.accept": ("接受保留", "take what is held"),
    "waiting.declined": ("放弃保留", "let it pass"),
    "waiting.expired": ("保留到期", "not answered in time"),
    "booking.hand_over": ("接手（转让）", "take it over"),
    "booking.swap": ("互换", "exchange times"),
    "lesson.place": ("课表排入", "place a lesson"),
    "lesson.change": ("课表改动", "change a lesson"),
    "lesson.withdraw": ("课表撤下", "take a lesson away"),
}
WHEN: Words = {
    "": ("", ""),
    "nobody_is_asked": ("不需审批", "nobody need agree"),
    "somebody_is_asked": ("需要审批", "somebody must agree"),
    "as_before": ("审批仍有效", "what was agreed still stands"),
    "last_yes": ("最后一步", "the last one asked"),
    "not_last": ("还有下一步", "others are still asked"),
}
ROLES: Words = {
    EVERYBODY: ("任何人", "everybody"),
    "administrator": ("联合体管理员", "administrator"),
    "member_admin": ("单位管理员", "member's administrator"),
    "base_head": ("基地负责人", "head of base"),
    "keeper": ("设备管理员", "keeper"),
    "booker": ("预约人", "booker"),
    "safety": ("安全负责人", "safety officer"),
    "learner": ("使用人", "learner"),
    "approver": ("审批人", "approver"),
}
RELATIONS: Words = {
    "own": ("本人的", "one's own"),
    "own_organisation": ("本单位的", "of one's own member"),
    "owner_side": ("产权方", "on the owner's side"),
    "other_member": ("他单位的", "of another member"),
    "none": ("", ""),
}
NOBODY: Words = {CLOCK: ("到时自动", "by the clock"), FOLLOWS: ("有空闲时自动", "as time comes free")}

HEAD = """\
# 预约日期的状态 · What becomes of a booked date

<!-- Written by `make states` from app/booking/rules/transitions.py; a test keeps the two the same. -->

每个预约日期处于四种状态之一；为候补者保留的日期也记作「待审批」，图中单列。没有列出的变化不会发生：
在两种数据库上以数百段随机经历检验（`tests/storage/test_every_state.py`）。日期结束后不再变化。

Each date of a booking is in one of four states; one that is held for the waiting list is kept as `waiting` and drawn by
itself. What is not listed does not happen: hundreds of random histories on both databases never leave this table
(`tests/storage/test_every_state.py`). Nothing changes once a date has ended.
"""


def leads_on(state: str) -> bool:
    """Whether anything can still become of a date in this state."""
    return any(each.before == state for each in TRANSITIONS)


def page() -> str:
    """The whole of docs/states.md."""
    return "\n".join(
        [
            HEAD,
            "## 状态图 · Drawing",
            "",
            *_drawing(),
            "",
            "## 变化 · Transitions",
            "",
            *_table(),
            "",
            "## 谁可以 · Who may",
            "",
            *_who(),
            "",
        ]
    )


def _drawing() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{_both(STATES[place])}" as {place}' for place in PLACES if place]
    arrows: dict[tuple[str, str], list[str]] = {}
    for each in TRANSITIONS:
        arrows.setdefault((each.before, each.after), []).append(_both(DEEDS[each.deed]))
    for (before, after), deeds in arrows.items():
        lines.append(f"    {before or '[*]'} --> {after}: {'<br/>'.join(dict.fromkeys(deeds))}")
    lines += [f"    {place} --> [*]" for place in PLACES if place and not leads_on(place)]
    return [*lines, "```"]


def _table() -> list[str]:
    rows = ["| 动作 · deed | 从 · from | 到 · to | 条件 · when |", "|---|---|---|---|"]
    for each in TRANSITIONS:
        cells = (f"{_both(DEEDS[each.deed])} `{each.deed}`", _both(STATES[each.before]), _both(STATES[each.after]))
        rows.append(f"| {' | '.join(cells)} | {_both(WHEN[each.when])} |")
    return rows


def _who() -> list[str]:
    rows = ["| 动作 · deed | 谁可以 | who may |", "|---|---|---|"]
    for deed, by in dict.fromkeys((each.deed, each.by) for each in TRANSITIONS):
        grants = [NOBODY[by]] if by in NOBODY else [_grant(grant) for grant in POLICY[by]]
        zh, en = "；".join(zh for zh, _ in grants), "; ".join(en for _, en in grants)
        rows.append(f"| {_both(DEEDS[deed])} | {zh} | {en} |")
    return rows


def _grant(grant: Grant) -> tuple[str, str]:
    roles = [ROLES.get(role, (role, role)) for role in grant.roles]
    relations = [] if grant.relations == ANY else [RELATIONS[name] for name in grant.relations if name != "none"]
    zh = "、".join(zh for zh, _ in roles) + (f"（{'、'.join(zh for zh, _ in relations)}）" if relations else "")
    en = ", ".join(en for _, en in roles) + (f" ({', '.join(en for _, en in relations)})" if relations else "")
    return zh, en


def _both(words: tuple[str, str]) -> str:
    zh, en = words
    return f"{zh} · {en}" if zh else ""


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
    print(f"  {FILE.relative_to(PROJECT)}", file=sys.stderr)
