"""Money: whole fen in int, read from and written as yuan."""

from __future__ import annotations

import re
from decimal import Decimal

_YUAN = re.compile(r"-?\d{1,13}(\.\d{1,2})?")


def fen_from_yuan(text: str) -> int:
    """`"1,234.5"` → 123450. More than two decimals, or anything that is not a number, is a ValueError."""
    plain = text.strip().replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥")
    if not _YUAN.fullmatch(plain):
        raise ValueError("not an amount in yuan")
    return int(Decimal(plain) * 100)


def yuan(fen: int) -> str:
    """123450 → `"1,234.50"`."""
    sign = "-" if fen < 0 else ""
    whole, cents = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{cents:02d}"
