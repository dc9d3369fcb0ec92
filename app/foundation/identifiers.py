"""Identifiers: what counts as an id, and the hashes under which secrets are kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any

LARGEST_ID = 2**31 - 1


def id_from_text(text: str) -> int | None:
    """A row id written in decimal, or None when it cannot be one (too long, not ASCII digits, zero)."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    number = int(text)
    return number if 0 < number <= LARGEST_ID else None


def secret_hash(secret: str) -> str:
    """SHA-256 in hex of a random secret of at least 128 bits; never use it on something a person chose."""
    return hashlib.sha256(secret.encode()).hexdigest()


def canonical(content: Any) -> str:
    """One JSON text for equal content: sorted keys, no spaces; what hashes are computed over."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
