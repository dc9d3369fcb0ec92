"""The pieces that every shape of the API is made of: described fields, names, pages, problems."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.entrypoints.api.values import Cursor, Shape, WholeInQuery

MOST_UNITS = 60
MOST_DATES = 400
PAGE_SIZE, LARGEST_PAGE = 50, 200


def told(description: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"description": description} | more}


def always(kind: type[fields.Field[Any]] = fields.String, *inner: Any, can_be_null: bool = False, **more: Any) -> Any:
    """A field that every answer has."""
    return kind(*inner, required=True, allow_none=can_be_null, **more)


class Problem(Shape):
    """RFC 9457, with every reason there is."""

    class Meta:
        """A reason's facts differ by its code; so do a problem's further members."""

        unknown = "include"

    type = always(**told("about:blank: the status says it all."))
    title = always()
    status = always(fields.Integer)
    detail = always(**told("All reasons as sentences, in the language of Accept-Language (zh or en)."))
    reasons = always(
        fields.List,
        fields.Nested("Reason"),
        **told("Each reason as a code, a sentence, and the facts it carries (unit_id, unit, start, end, field, …)."),
    )
    alternatives = fields.List(
        fields.Nested("Alternative"), **told("Where time was refused: what can be had instead, the best first.")
    )


class Reason(Shape):
    """One fact that stands in the way."""

    class Meta:
        """Facts differ by code."""

        unknown = "include"

    code = always(**told("A word for programs: overlaps, over_capacity, closed_then, changed_meanwhile, invalid, …"))
    message = always(**told("A sentence for people."))


class Page(Shape):
    """How much of a list is wanted."""

    cursor = Cursor(**told("`next` of the page before."))
    limit = WholeInQuery(1, LARGEST_PAGE, load_default=PAGE_SIZE, **told("How many at most."))


class Name(Shape):
    """A thing's name in both languages; the English one may be empty."""

    name_zh = always()
    name_en = always()


def list_of(item: type[Shape]) -> type[Shape]:
    """A whole list: `items`."""
    made: Any = Shape.from_dict({"items": always(fields.List, fields.Nested(item))}, name=f"{item.__name__}List")
    result: type[Shape] = made
    return result


def page_of(item: type[Shape]) -> type[Shape]:
    """A page of a list: `items`, and `next`, the cursor of the next page or null at the end."""
    made: Any = Shape.from_dict(
        {
            "items": always(fields.List, fields.Nested(item)),
            "next": always(can_be_null=True, **told("Cursor of the next page; null: this is the last.")),
        },
        name=f"{item.__name__}Page",
    )
    result: type[Shape] = made
    return result
