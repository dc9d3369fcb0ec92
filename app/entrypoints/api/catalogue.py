"""Operations: bases, labs and units, page by page or one by one."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.catalogue.store import pages
from app.entrypoints.api.blueprint import answer, operation
from app.entrypoints.api.paging import page
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import catalogue as of_catalogue
from app.foundation.refusal import NotFound, Refused


@operation(
    "GET",
    "/bases",
    deed="catalogue.see",
    tag="catalogue",
    query=of_catalogue.BasesWanted,
    answers=of_blocks.page_of(of_catalogue.Base),
)
def bases(wanted: dict[str, Any]) -> Response:
    """Training bases."""
    return page(wanted, pages.bases, kind=wanted.get("kind"), text=wanted.get("q", ""))


@operation("GET", "/bases/<id:base_id>", deed="catalogue.see", tag="catalogue", answers=of_catalogue.Base)
def base(base_id: int) -> Response:
    """One base."""
    return _one(pages.find_base(base_id))


@operation(
    "GET",
    "/labs",
    deed="catalogue.see",
    tag="catalogue",
    query=of_catalogue.LabsWanted,
    answers=of_blocks.page_of(of_catalogue.Lab),
)
def labs(wanted: dict[str, Any]) -> Response:
    """Labs, each with the unit that stands for the whole of it."""
    return page(wanted, pages.labs, base_id=wanted.get("base"), text=wanted.get("q", ""))


@operation("GET", "/labs/<id:lab_id>", deed="catalogue.see", tag="catalogue", answers=of_catalogue.Lab)
def lab(lab_id: int) -> Response:
    """One lab."""
    return _one(pages.find_lab(lab_id))


@operation(
    "GET",
    "/units",
    deed="catalogue.see",
    tag="catalogue",
    query=of_catalogue.UnitsWanted,
    answers=of_blocks.page_of(of_catalogue.Unit),
)
def units(wanted: dict[str, Any]) -> Response:
    """What can be booked: whole labs, machines, pools, stations."""
    return page(
        wanted,
        pages.units,
        base_id=wanted.get("base"),
        lab_id=wanted.get("lab"),
        kind=wanted.get("kind"),
        text=wanted.get("q", ""),
    )


@operation("GET", "/units/<id:unit_id>", deed="catalogue.see", tag="catalogue", answers=of_catalogue.Unit)
def unit(unit_id: int) -> Response:
    """One unit."""
    return _one(pages.find_unit(unit_id))


def _one(found: dict[str, Any] | None) -> Response:
    if found is None:
        raise Refused(NotFound())
    return answer(found)
