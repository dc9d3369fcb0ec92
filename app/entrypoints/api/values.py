"""Values: the fields of the API's schemas, each of which refuses what a database or another program could misread."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from app.foundation.identifiers import LARGEST_ID, id_from_text
from app.foundation.timespan import EARLIEST, LATEST

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+\- ])(\d\d:\d\d))", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINES = re.compile("[\t\n\r]")


Codes = dict[str, str | list[Any] | dict[Any, Any]]


class Coded:
    """Messages are codes; the wording of each is in app.entrypoints.wording."""

    default_error_messages: Codes = {"required": "missing", "null": "missing", "validator_failed": "unreadable"}


class Shape(ma.Schema):
    """What goes in or out: exactly the named fields, in their order."""

    error_messages = {"unknown": "unknown_field", "type": "not_an_object"}

    class Meta:
        """Unknown fields are refused."""

        unknown = ma.RAISE


class Text(Coded, fields.String):
    """Text without control characters and broken Unicode. Line breaks only where `lines`."""

    default_error_messages: Codes = {"invalid": "not_text", "invalid_utf8": "not_text", "control": "control_characters"}

    def __init__(self, most: int, *, least: int = 0, lines: bool = False, **more: Any) -> None:
        self.lines = lines
        length = validate.Length(min=least or None, max=most, error="too_long")
        if least:
            length = validate.Length(min=least, max=most, error="wrong_length")
        super().__init__(validate=length, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        if _CONTROL.search(text) or (not self.lines and _LINES.search(text)):
            raise self.make_error("control")
        return text


class Word(Coded, fields.String):
    """One of a closed list of words."""

    default_error_messages: Codes = {"invalid": "not_text", "invalid_utf8": "not_text"}

    def __init__(self, choices: tuple[str, ...], **more: Any) -> None:
        super().__init__(validate=validate.OneOf(choices, error="unknown"), **more)


class Whole(Coded, fields.Integer):
    """A whole number; never a fraction, never digits in quotes."""

    default_error_messages: Codes = {"invalid": "not_a_whole_number", "too_large": "out_of_range"}

    def __init__(self, least: int = 1, most: int = LARGEST_ID, **more: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most, error="out_of_range"), **more)


class Id(Whole):
    """A row's id in a body."""


class WholeInQuery(Coded, fields.Integer):
    """A whole number in an address, in decimal."""

    default_error_messages: Codes = {"invalid": "not_a_whole_number", "too_large": "out_of_range"}

    def __init__(self, least: int = 1, most: int = LARGEST_ID, **more: Any) -> None:
        super().__init__(validate=validate.Range(least, most, error="out_of_range"), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> int:  # noqa: ARG002
        number = 0 if value == "0" else id_from_text(value) if isinstance(value, str) else None
        if number is None:
            raise self.make_error("invalid")
        return number


class Truth(Coded, fields.Boolean):
    """true or false, and nothing that merely looks like it."""

    default_error_messages: Codes = {"invalid": "not_yes_or_no"}
    truthy = {True, "true"}
    falsy = {False, "false"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> bool:
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(super()._deserialize(value, attr, data, **more))


class PersonNamed(Coded, fields.Raw):
    """A person, by id or by e-mail."""

    default_error_messages: Codes = {"invalid": "unreadable"}

    def __init__(self, **more: Any) -> None:
        described = {"type": ["integer", "string"], "minimum": 1, "maximum": LARGEST_ID, "maxLength": 200}
        super().__init__(metadata=described | more.pop("metadata", {}), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> int | str:  # noqa: ARG002
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_ID:
            return value
        if isinstance(value, str) and 1 <= len(value) <= 200 and not (_CONTROL.search(value) or _LINES.search(value)):
            return value
        raise self.make_error("invalid")


class Several(Coded, fields.List):
    """A list of bounded length; its length is judged before anything in it is read."""

    default_error_messages: Codes = {"invalid": "not_a_list", "empty": "missing", "too_many": "too_many"}

    def __init__(self, inner: Any, *, least: int = 1, most: int, **more: Any) -> None:
        self.least, self.most = least, most
        super().__init__(inner, metadata={"minItems": least, "maxItems": most} | more.pop("metadata", {}), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) < self.least:
            raise self.make_error("empty")
        if len(value) > self.most:
            raise self.make_error("too_many")
        return super()._deserialize(value, attr, data, **more)


class Part(Coded, fields.Nested):
    """An object inside an object."""

    default_error_messages: Codes = {"type": "not_an_object"}


class Moment(Coded, fields.DateTime):
    """An instant in RFC 3339 with its offset. Without one nobody could know when it is meant."""

    default_error_messages: Codes = {
        "invalid": "not_a_moment",
        "no_offset": "no_offset",
        "finer": "finer_than_microseconds",
        "range": "out_of_range",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> datetime:  # noqa: ARG002
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid")
        found = _MOMENT.fullmatch(value)
        if found is None:
            naive = _MOMENT.fullmatch(f"{value}Z")
            raise self.make_error("no_offset" if naive and not naive[5] else "invalid")
        day, clock, digits, zulu, sign, offset = found.groups()
        digits = (digits or "").ljust(9, "0")
        if digits[6:] != "000":
            raise self.make_error("finer")
        # A plus that nobody escaped in an address arrives as a space.
        zone = "+00:00" if zulu else f"{'+' if sign == ' ' else sign}{offset}"
        try:
            instant = datetime.fromisoformat(f"{day}T{clock}.{digits[:6]}{zone}").astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.make_error("range") from None
        if not EARLIEST <= instant <= LATEST:
            raise self.make_error("range")
        return instant


class Day(Coded, fields.Date):
    """A day as YYYY-MM-DD."""

    default_error_messages: Codes = {"invalid": "not_a_day"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> date:  # noqa: ARG002
        try:
            found = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
        except ValueError:
            found = None
        if found is None:
            raise self.make_error("invalid")
        if not 1980 <= found.year <= 2200:
            raise ma.ValidationError("out_of_range")
        return found


class Cursor(Coded, fields.String):
    """Where the next page begins; only ever taken from an answer's `next`."""

    default_error_messages: Codes = {"invalid": "unreadable", "invalid_utf8": "unreadable"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:  # noqa: ARG002
        last = read_cursor(value) if isinstance(value, str) else None
        if last is None:
            raise self.make_error("invalid")
        return last


def cursor_after(row_id: int) -> str:
    return base64.urlsafe_b64encode(f"after:{row_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> int | None:
    """The id after which a page begins, or None where the text was not made by `cursor_after`."""
    if len(text) > 40 or not text.isascii():
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    word, _, digits = plain.partition(":")
    return id_from_text(digits) if word == "after" else None
