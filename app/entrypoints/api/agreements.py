"""Operations: agreements between organisations: which there are, filing one, ending one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, url_for

from app.consortium.actions import agreements as actions
from app.consortium.rules.permission import may
from app.consortium.rules.qualification import LATEST_DAY, Agreement, AgreementForm
from app.consortium.rules.scope import scope
from app.consortium.store import agreements as store
from app.consortium.store import members as member_store
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import ETAG, LOCATION, answer, operation
from app.entrypoints.api.once import answered_once
from app.entrypoints.api.paging import paged
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import eligibility as shapes_eligibility
from app.entrypoints.api.versions import version_needed, versioned
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import DAY


@operation(
    "GET",
    "/agreements",
    deed="agreement.see",
    tag="consortium",
    query=shapes_eligibility.AgreementsWanted,
    answers=of_blocks.page_of(shapes_eligibility.Agreement),
)
def agreements(wanted: dict[str, Any]) -> Response:
    """The agreements your office may see: as the organisation that uses, as owner, as guarantor."""
    seen = scope(gate.actor(), "agreement.see")
    ids = None if seen.everything else seen.member_ids | {member_id for member_id, _ in seen.owner_side}
    found = sorted(store.agreements(ids, wanted["standing"], clock.today()), key=lambda each: each.id)
    codes, after, limit = _codes(), wanted.get("cursor") or 0, wanted["limit"]
    rows = [_shown(each, codes) for each in found if each.id > after]
    return answer(paged(rows[: limit + 1], limit))


@operation(
    "GET",
    "/agreements/<id:agreement_id>",
    deed="agreement.see",
    tag="consortium",
    answers=shapes_eligibility.Agreement,
    headers=ETAG,
)
def agreement(agreement_id: int) -> Response:
    """One agreement, with its version."""
    kept = store.find(agreement_id)
    if kept is None or not may(gate.actor(), "agreement.see", actions.placement(kept)):
        raise Refused(NotFound())
    return versioned(_shown(kept, _codes()))


@operation(
    "POST",
    "/agreements",
    deed="agreement.change",
    tag="consortium",
    body=shapes_eligibility.AgreementWanted,
    answers=shapes_eligibility.Agreement,
    status=201,
    headers=LOCATION | ETAG,
    keyed=True,
)
def file_agreement(wanted: dict[str, Any]) -> Response:
    """File an agreement: by it an organisation may use what another, or any member, owns."""
    actor, now = gate.actor(), clock.now()

    def do() -> dict[str, Any]:
        codes = _codes()
        found = store.find(
            actions.file(actor, _form(wanted, {code: member_id for member_id, code in codes.items()}), now=now)
        )
        assert found is not None
        return _shown(found, codes)

    def headers(body: dict[str, Any]) -> dict[str, str]:
        where = url_for("api.agreement", agreement_id=body["id"])
        return {"Location": where, "ETag": f'"{body["version"]}"'}

    return answered_once(actor, wanted, do, 201, headers)


@operation(
    "POST",
    "/agreements/<id:agreement_id>/end",
    deed="agreement.change",
    tag="consortium",
    body=shapes_eligibility.AgreementEnded,
    answers=shapes_eligibility.Agreement,
    headers=ETAG,
    versioned=True,
)
def end_agreement(wanted: dict[str, Any], agreement_id: int) -> Response:
    """End one: today, or another day before it would have ended, is its last."""
    actor, now, version = gate.actor(), clock.now(), version_needed(wanted.get("version"))
    until_on = _day_after(wanted["last_on"] or clock.today())

    def do() -> dict[str, Any]:
        actions.end(actor, agreement_id, version, until_on, wanted["reason"], now=now)
        found = store.find(agreement_id)
        assert found is not None
        return _shown(found, _codes())

    return versioned(transaction(do))


def _form(wanted: Mapping[str, Any], ids: Mapping[str, int]) -> AgreementForm:
    """What is to be filed; a code that nobody has is 0, which no organisation has."""

    def named(code: str | None) -> int | None:
        return None if code is None else ids.get(code, 0)

    return AgreementForm(
        member_id=ids.get(wanted["member"], 0),
        with_member_id=named(wanted["with_member"]),
        number=wanted["number"],
        guarantor_id=named(wanted["guarantor"]),
        from_on=wanted["from_on"],
        until_on=_day_after(wanted["last_on"]) if wanted["last_on"] else None,
    )


def _day_after(last: date) -> date:
    return min(last, LATEST_DAY - DAY) + DAY


def _codes() -> dict[int, str]:
    return {each.id: each.code for each in member_store.members(today=clock.today())}


def _shown(kept: Agreement, codes: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": kept.id,
        "number": kept.number,
        "member": codes[kept.member_id],
        "with_member": codes.get(kept.with_member_id or 0),
        "guarantor": codes.get(kept.guarantor_id or 0),
        "from_on": kept.from_on.isoformat(),
        "last_on": kept.last.isoformat() if kept.last else None,
        "version": kept.version,
    }
