"""Week strings: what colleges write for when a lesson is (第3-10周(双) 周二 3-4节), read strictly and written one way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.timetable.rules.bell import MOST_PERIODS, runs
from app.timetable.rules.term import MOST_WEEKS

LONGEST_TEXT = 400
"""Characters of a week string; a longer one is not read."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Teaching weeks, a weekday (1 Monday … 7 Sunday) and class periods; what the text does not say is empty or None."""

    weeks: tuple[int, ...] = ()
    weekday: int | None = None
    periods: tuple[int, ...] = ()


class Unclear(ValueError):
    """A text that cannot be read without guessing; `part` is where it stops making sense."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


def read(text: str, last_week: int = MOST_WEEKS) -> tuple[Meeting, ...]:
    """Every meeting that a text names, in its order; raises Unclear.

    单 and 双 count for the weeks written since the mark before them, so `6-8周(双),9-18周` is 6, 8, 9 … 18. A text
    that only says 单周 means the odd weeks up to `last_week`. Weeks past `last_week` are kept as written: whether
    they exist is the term's to say.
    """
    return _Reader(text, last_week).meetings()


def read_weeks(text: str, last_week: int = MOST_WEEKS) -> tuple[int, ...]:
    """The weeks of a text that names nothing else, in order, each once; raises Unclear."""
    found = read(text, last_week)
    if len(found) != 1 or found[0].weekday is not None or found[0].periods or not found[0].weeks:
        raise Unclear(text)
    return found[0].weeks


def read_periods(text: str) -> tuple[int, ...]:
    """The class periods of a text that names nothing else: `3-4`, `0304`, `3,4节`, `第1大节`; raises Unclear."""
    plain = _plain(text)
    found = _Reader(plain if plain.endswith(("节", "大节")) else f"{plain}节", MOST_WEEKS).meetings()
    if len(found) != 1 or found[0].weekday is not None or found[0].weeks or not found[0].periods:
        raise Unclear(text)
    return found[0].periods


def read_weekday(text: str) -> int:
    """`周二`, `星期二`, `礼拜天`, `二`, `2`, `Tue` as 1 (Monday) … 7 (Sunday); raises Unclear."""
    plain = re.sub(r"^(D|W)", "", _plain(text))
    found = _DIGITS.get(plain) or (int(plain) if re.fullmatch(r"[1-7]", plain) else None)
    if found is None:
        raise Unclear(text)
    return found


def write(meeting: Meeting) -> str:
    """The one way we write a meeting: `第3-10周(双) 周二 3-4节`. Reading it again gives the same meeting."""
    parts = [f"第{weeks_text(meeting.weeks)}"] if meeting.weeks else []
    if meeting.weekday is not None:
        parts.append(f"周{_WEEKDAYS[meeting.weekday - 1]}")
    if meeting.periods:
        parts.append(periods_text(meeting.periods) + "节")
    return " ".join(parts)


def weeks_text(weeks: Iterable[int]) -> str:
    """`1-4,6-17周`, `6周,8-18周`, `1-15周(单)`: stretches, and every second week from three on."""
    parts = stretches(weeks)
    if all(step == 1 for _, _, step in parts):
        return ",".join(_stretch(first, last) for first, last, _ in parts) + "周"
    marks = {1: "周", 2: "周(双)", 3: "周(单)"}
    return ",".join(_stretch(first, last) + marks[1 if step == 1 else 2 + first % 2] for first, last, step in parts)


def periods_text(periods: Iterable[int]) -> str:
    """`3-4`, `1-2,5`."""
    return ",".join(_stretch(first, last) for first, last in runs(periods))


def stretches(weeks: Iterable[int]) -> list[tuple[int, int, int]]:
    """Weeks as (first, last, step): step 1 for weeks in a row, step 2 for three or more of every second one."""
    left = sorted(set(weeks))
    found: list[tuple[int, int, int]] = []
    while left:
        in_a_row, every_second = _run(left, 1), _run(left, 2)
        step, length = (2, every_second) if in_a_row == 1 and every_second >= 3 else (1, in_a_row)
        taken = {left[0] + step * n for n in range(length)}
        found.append((left[0], max(taken), step))
        left = [week for week in left if week not in taken]
    return found


def _run(ordered: list[int], step: int) -> int:
    """How many from the first on stand `step` apart, with none between them."""
    length = 1
    while length < len(ordered) and ordered[length] == ordered[length - 1] + step:
        length += 1
    return length


def _stretch(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


# ── reading ──

_WEEKDAYS = "一二三四五六日"
_DIGITS = {sign: n for n, sign in enumerate(_WEEKDAYS, 1)} | {"天": 7}
_ENGLISH_DAYS = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), _WEEKDAYS, strict=True))
_ENGLISH = (
    (re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?"), lambda found: "D" + _ENGLISH_DAYS[found[1]]),
    (re.compile(r"\bweeks?\b\s*"), lambda _: "w"),
    (re.compile(r"\bperiods?\b\s*"), lambda _: "p"),
    (re.compile(r"\b(odd|even)\b"), lambda found: "单" if found[1] == "odd" else "双"),
)
_TOKEN = re.compile(r"\d+|D[一二三四五六日天]|大节|[-,;()周单双节wp]")
_SAME = str.maketrans({
    "、": ",", "|": None, "至": "-", "到": "-", "~": "-", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-",
    "【": "(", "〔": "(", "[": "(", "{": "(", "】": ")", "〕": ")", "]": ")", "}": ")", "第": None, "\n": ";", "\r": None,
})  # fmt: skip


def _plain(text: str) -> str:
    """One spelling: half-width, one kind of bracket and dash, no spaces, English words as the Chinese signs."""
    if len(text) > LONGEST_TEXT:
        raise Unclear(text[:40] + "…")
    plain = unicodedata.normalize("NFKC", text.strip()).lower()
    for english, chinese in _ENGLISH:
        plain = english.sub(chinese, plain)
    plain = re.sub(r"星期(?=[1-7](?!\d))|礼拜(?=[1-7](?!\d))", "D", plain)
    plain = re.sub(r"D([1-7])", lambda found: "D" + _WEEKDAYS[int(found[1]) - 1], plain)
    plain = re.sub(r"(?:星期|礼拜|周)(?=[一二三四五六日天])", "D", plain)
    plain = re.sub(r"(?<=\d)[ \t\u3000]+(?=\d)", "?", plain)
    plain = re.sub(r"[ \t\u3000\xa0]+", "", plain.translate(_SAME))
    plain = re.sub(r"(每|全)周", "(全)", plain)
    plain = re.sub(r"\(\(([^()]*)\)\)", r"(\1)", plain)
    plain = re.sub(r"(?<![\d-])\d{1,2}(?:-\d{1,2}){2,}(?![\d-])", lambda found: _chain(found[0]), plain)
    return plain.strip(",;")


def _chain(numbers: str) -> str:
    """`01-02-03` is what some exports write for 1-3; a chain with a gap stays as it is, and unclear."""
    each = [int(number) for number in numbers.split("-")]
    return f"{each[0]}-{each[-1]}" if each == list(range(each[0], each[-1] + 1)) else numbers


def _is_balanced(plain: str) -> bool:
    """Every bracket is closed before the next one opens."""
    return bool(re.fullmatch(r"[^()]*(?:\([^()]+\)[^()]*)*", plain))


@dataclass(slots=True)
class _Draft:
    weeks: set[int] = field(default_factory=set)
    weekday: int | None = None
    periods: set[int] = field(default_factory=set)


class _Reader:
    """One pass over the signs of a text. `numbers` are those whose meaning the next mark will say."""

    def __init__(self, text: str, last_week: int) -> None:
        self.text, self.last_week = text, last_week
        plain = re.sub(r"(?<=[\d周])\(全\)", "", _plain(text))
        plain = plain.replace("(全)", f"1-{last_week}周" if last_week else "")
        self.signs = _TOKEN.findall(plain)
        if "".join(self.signs) != plain or not self.signs or not _is_balanced(plain):
            raise Unclear(text)
        self.draft, self.found = _Draft(), list[Meeting]()
        self.numbers: list[int] = []
        self.group: set[int] = set()
        """The weeks closed by the mark just read: a 单 or 双 that follows at once counts for them."""
        self.earlier: set[int] = set()
        """The weeks of the parts before, which no later 单 or 双 takes away."""
        self.named = ""
        """An English word in front ("weeks 3-10") says what the numbers after it are."""

    def meetings(self) -> tuple[Meeting, ...]:
        at = 0
        while at < len(self.signs):
            at = self._take(at)
        self._end()
        return tuple(self.found)

    def _take(self, at: int) -> int:
        sign = self.signs[at]
        if sign.isdigit():
            return self._number(at)
        if sign.startswith("D"):
            self._weekday(at, _DIGITS[sign[1]])
        elif sign in ("单", "双"):
            self._parity(at, 1 if sign == "单" else 0)
        elif sign in ("节", "大节"):
            self._periods(at, doubled=sign == "大节")
        elif sign in ("w", "p"):
            self._close(at)
            self.named = sign
        elif sign == ";":
            self._end()
        else:
            self._mark(at, sign, self._sign(at - 1), self._sign(at + 1).isdigit())
        return at + 1

    def _mark(self, at: int, sign: str, before: str, numbers_follow: bool) -> None:
        if sign == "周" and (self.numbers or before in ("单", "双", ")", "(")):
            if self.numbers:
                self._weeks(self.numbers)
        elif sign == "(":
            if self.numbers and numbers_follow:
                self._weeks(self.numbers)
        elif sign == ")":
            if self.numbers:
                self._periods(at, doubled=False)
        elif sign == "," and before not in (",", "-", "("):
            if self.named and not numbers_follow:
                self._close(at)
        else:
            self._stop(at)

    def _sign(self, at: int) -> str:
        return self.signs[at] if 0 <= at < len(self.signs) else ""

    def _number(self, at: int) -> int:
        digits = self.signs[at]
        if len(digits) >= 4 and len(digits) % 2 == 0:
            if self.numbers:
                self._weeks(self.numbers)
            self.numbers = [int(digits[n : n + 2]) for n in range(0, len(digits), 2)]
            if self._sign(at + 1) not in ("节", ")"):
                self._periods(at, doubled=False)
            return at + 1
        if len(digits) > 2:
            self._stop(at)
        first = last = int(digits)
        if self._sign(at + 1) == "-" and self._sign(at + 2).isdigit():
            last, at = int(self._sign(at + 2)), at + 2
        if not 1 <= first <= last <= MOST_WEEKS:
            self._stop(at)
        self.numbers += range(first, last + 1)
        return at + 1

    def _weeks(self, numbers: Iterable[int]) -> None:
        self.group, self.numbers = set(numbers), []
        if self.draft.weeks and self.draft.periods:
            group = self.group
            self._end()
            self.group = group
        if max(self.group) > MOST_WEEKS:
            raise Unclear(self.text)
        self.earlier = set(self.draft.weeks)
        self.draft.weeks |= self.group

    def _parity(self, at: int, odd: int) -> None:
        before = self._sign(at - 2) if self._sign(at - 1) == "(" else self._sign(at - 1)
        if self.numbers:
            self._weeks(self.numbers)
        elif not self.draft.weeks:
            self._weeks(range(1, self.last_week + 1))
        elif before != "周" or not self.group:
            self._stop(at)
        kept = {week for week in self.group if week % 2 == odd}
        if not kept:
            self._stop(at)
        self.draft.weeks = self.earlier | kept
        self.group = set()

    def _periods(self, at: int, *, doubled: bool) -> None:
        found = {part for n in self.numbers for part in ((2 * n - 1, 2 * n) if doubled else (n,))}
        if not found or not all(1 <= each <= MOST_PERIODS for each in found) or self.draft.periods & found:
            self._stop(at)
        self.draft.periods |= found
        self.numbers, self.group = [], set()

    def _weekday(self, at: int, weekday: int) -> None:
        if self.numbers:
            self._close(at)
        if self.draft.weekday is not None:
            if not self.draft.periods:
                self._stop(at)
            self._end()
        self.draft.weekday = weekday
        self.group = set()

    def _close(self, at: int) -> None:
        """Numbers without a mark of their own: what the word before them said, else weeks, else periods of a weekday
        whose weeks are known. `周一 3-4` may be either, so it is neither."""
        if not self.numbers:
            self.named = ""
        elif self.named == "p" or (
            not self.named and self.draft.weeks and self.draft.weekday and not self.draft.periods
        ):
            self._periods(at, doubled=False)
        elif self.named == "w" or (not self.draft.weeks and self.draft.weekday is None):
            self._weeks(self.numbers)
        else:
            self._stop(at)
        self.named = ""

    def _end(self) -> None:
        self._close(len(self.signs) - 1)
        draft = self.draft
        if not draft.weeks and draft.weekday is None and not draft.periods:
            raise Unclear(self.text)
        self.found.append(Meeting(tuple(sorted(draft.weeks)), draft.weekday, tuple(sorted(draft.periods))))
        self.draft, self.group = _Draft(), set()

    def _stop(self, at: int) -> None:
        raise Unclear("".join(self.signs[at : at + 6]).replace("D", "周"))
