"""Operations: what is asked of whoever books, and what of it is there; giving and taking back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response

from app.booking.actions import self_check
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.standing import DECLARATIONS
from app.booking.store import looking
from app.catalogue.actions import qualifying
from app.catalogue.rules.unit import Thing
from app.catalogue.store import places, shares
from app.consortium.actions.settings import settings_now
from app.consortium.rules import qualification as rules
from app.consortium.rules.permission import may
from app.consortium.rules.qualification import LATEST_DAY, Grant, Reach
from app.consortium.store import qualifications as store
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import answer, operation
from app.entrypoints.api.paging import paged
from app.entrypoints.api.problems import all_explained, invalid, moment
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import eligibility as shapes_eligibility
from app.entrypoints.wording.eligibility import next_step
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import DAY, Span


@operation(
    "GET",
    "/units/<id:unit_id>/eligibility",
    deed="booking.request",
    tag="booking",
    query=shapes_eligibility.CheckWanted,
    answers=shapes_eligibility.Checked,
    refuses=(409,),
)
def unit_eligibility(wanted: dict[str, Any], unit_id: int) -> Response:
    """Everything that is asked for a use at that time: what is there, what is missing, and what to do about it."""
    actor = gate.actor()
    if not wanted["start"] < wanted["end"] or wanted["end"] - wanted["start"] > 14 * DAY:
        raise invalid("end", "backward" if wanted["end"] <= wanted["start"] else "out_of_range")
    span = Span(wanted["start"], wanted["end"])
    asked = Asked(
        wants=(Want(unit_id),),
        slots=(Slot(span),),
        purpose=wanted["purpose"],
        title="…",
        member_id=actor.member_id or 0,
        holder_id=wanted.get("person") or actor.person_id,
        declared=frozenset(what for what in DECLARATIONS if wanted[what]),
    )
    found = self_check.check(actor, asked, clock.now())
    return answer(
        {
            "unit_id": unit_id,
            "start": moment(span.start),
            "end": moment(span.end),
            "eligible": all(each.is_met for each in found),
            "conditions": [
                {
                    "name": each.name,
                    "unit_id": each.unit_id,
                    "met": each.is_met,
                    "last": each.last,
                    "reason": all_explained([each.reason])[0] if each.reason else None,
                    "next_step": next_step(each.reason) if each.reason else "",
                }
                for each in found
            ],
        }
    )


@operation(
    "GET",
    "/qualifications",
    deed="qualification.see",
    tag="consortium",
    query=shapes_eligibility.QualificationsWanted,
    answers=of_blocks.page_of(shapes_eligibility.Qualification),
    refuses=(404,),
)
def qualifications(wanted: dict[str, Any]) -> Response:
    """Your own admissions, trainings and authorisations; or those valid in a base that you keep."""
    actor, today = gate.actor(), clock.today()
    soon = today + settings_now()["eligibility.remind_days"] * DAY + DAY
    if (base_id := wanted.get("base")) is None:
        reached = store.Reached({}, actor.person_id)
    else:
        standing = shares.standing(Thing("base", base_id))
        if standing is None or not may(actor, "qualification.see", standing.placement(today)):
            raise Refused(NotFound())
        reached = store.Reached(
            {
                "base": frozenset({base_id}),
                "lab": frozenset(line.lab_id for line in looking.unit_lines(today, base_id=base_id)),
                "unit": frozenset(places.unit_ids_in(Thing("base", base_id))),
            }
        )
    narrowed = store.Wanted(today, soon, sort=wanted.get("kind", ""), standing=wanted.get("standing", ""), order="id")
    rows = store.lines_after(reached, narrowed, wanted.get("cursor") or 0, wanted["limit"] + 1)
    return answer(paged([_shown(each, today, soon) for each in rows], wanted["limit"]))


def _shown(kept: rules.Qualification, today: date, soon: date) -> dict[str, Any]:
    return {
        "id": kept.id,
        "person_id": kept.person_id,
        "kind": kept.sort,
        "place": {"kind": kept.reach.kind, "id": kept.reach.id},
        "from_on": kept.from_on,
        "last_on": kept.last,
        "standing": kept.standing(today, soon),
        "score": kept.score,
        "evidence": kept.evidence,
        "version": kept.version,
    }


@operation(
    "POST",
    "/qualifications",
    deed="qualification.give",
    tag="consortium",
    body=shapes_eligibility.GrantWanted,
    answers=shapes_eligibility.Granted,
    status=201,
    refuses=(404,),
)
def give_qualifications(wanted: dict[str, Any]) -> Response:
    """Give an admission, training or authorisation to many people for many places: all of it or nothing."""
    actor, now = gate.actor(), clock.now()
    last: date | None = wanted["last_on"]
    grant = Grant(
        sort=wanted["kind"],
        person_ids=tuple(each for each in wanted["people"] if isinstance(each, int)),
        reaches=tuple(_reach(each) for each in wanted["places"]),
        from_on=wanted["from_on"],
        until_on=min(last, LATEST_DAY - DAY) + DAY if last else None,
        score=wanted["score"],
        evidence=wanted["evidence"],
    )
    emails = [each for each in wanted["people"] if isinstance(each, str)]
    return answer({"ids": transaction(lambda: qualifying.give(actor, grant, emails, now=now))}, 201)


def _reach(place: Mapping[str, Any]) -> Reach:
    if (place["kind"] == "consortium") != (place["id"] == 0):
        raise invalid("places", "unknown")
    return Reach(place["kind"], place["id"])


@operation(
    "POST",
    "/qualifications/<id:qualification_id>/revoke",
    deed="qualification.revoke",
    tag="consortium",
    body=shapes_eligibility.Revoked,
    answers=shapes_eligibility.Qualification,
    refuses=(409,),
)
def revoke_qualification(wanted: dict[str, Any], qualification_id: int) -> Response:
    """Take one back at once, with a reason its person reads."""
    actor, now, today = gate.actor(), clock.now(), clock.today()
    kept = transaction(lambda: qualifying.revoke(actor, qualification_id, wanted["version"], wanted["reason"], now=now))
    return answer(_shown(kept, today, today))
