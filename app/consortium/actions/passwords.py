"""Passwords: turned into argon2 hashes and compared with them; slow on purpose, so never inside a transaction."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_turns = threading.BoundedSemaphore(2)
"""Hashing takes 19 MiB each time; a burst of sign-ins must not multiply that by the number of threads."""


def hashed(password: str, *, cheap: bool = False) -> str:
    """The argon2id hash to keep. `cheap` is for tests and the demo only."""
    with _turns:
        return _hasher(cheap).hash(password)


def matches(password_hash: str, password: str, *, cheap: bool = False) -> bool:
    """Whether the password is the one behind the hash; without a hash it takes just as long and is never so."""
    with _turns:
        try:
            return bool(_hasher(cheap).verify(password_hash or _nobodys(cheap), password)) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str, *, cheap: bool = False) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher(cheap).check_needs_rehash(password_hash)


@cache
def _hasher(cheap: bool) -> PasswordHasher:
    if cheap:
        return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys(cheap: bool) -> str:
    """A hash that no password was kept under, to compare with where there is no account."""
    return _hasher(cheap).hash("nobody has this password")
