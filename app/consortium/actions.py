"""What people can do in the consortium (placeholder while being written)."""

from datetime import datetime

from app.consortium.rules.office import Actor


def recognise_token(token: str, now: datetime, address: str) -> Actor | None:
    return None


def recognise_cookie(cookie: str, now: datetime, address: str) -> Actor | None:
    return None
