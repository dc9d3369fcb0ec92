"""Operations: whose token this is, the members, and the words that requests use."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import force_locale

from app.booking.rules.request import PURPOSES
from app.consortium.store import pages
from app.entrypoints import gate
from app.entrypoints.api.blueprint import answer, operation, presence
from app.entrypoints.api.paging import page
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import catalogue as of_catalogue
from app.entrypoints.wording.booking import purpose_name


@operation("GET", "/me", deed="home.see", tag="consortium", answers=of_catalogue.Me)
def whose_token() -> Response:
    """Whose token this is, for whom its owner may act, and what it may do."""
    present, acting = presence(), gate.actor()
    roles: dict[int, set[str]] = {}
    for office in present.appointments:
        roles.setdefault(office.member_id, set()).add(office.role)
    return answer(
        {
            "id": present.person_id,
            "name": present.name,
            "acting_for": next((side.code for side in present.sides if side.member_id == acting.member_id), None),
            "members": [
                {
                    "code": side.code,
                    "name_zh": side.name_zh,
                    "name_en": side.name_en,
                    "roles": sorted(roles.get(side.member_id, ())),
                }
                for side in present.sides
            ],
            "rights": sorted(present.rights or ()),
        }
    )


@operation(
    "GET",
    "/members",
    deed="member.see",
    tag="consortium",
    query=of_blocks.Page,
    answers=of_blocks.page_of(of_catalogue.Member),
)
def members(wanted: dict[str, Any]) -> Response:
    """The member organisations."""
    return page(wanted, pages.members)


@operation("GET", "/purposes", deed="grid.see", tag="booking", answers=of_blocks.list_of(of_catalogue.Purpose))
def purposes() -> Response:
    """The purposes a booking may have, with their names in both languages."""
    named: dict[str, dict[str, str]] = {code: {"code": code} for code in PURPOSES}
    for locale in ("zh", "en"):
        with force_locale(locale):
            for code, names in named.items():
                names[f"name_{locale}"] = purpose_name(code)
    return answer({"items": list(named.values())})
