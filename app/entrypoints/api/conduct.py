"""Operations: one's credit and its course; restrictions: propose, decide, lift, appeal, answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response, url_for

from app.consortium.actions import conduct
from app.consortium.actions.settings import settings_now
from app.consortium.rules.credit import Event, course, score, terms_of
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement
from app.consortium.rules.restriction import Restriction
from app.consortium.rules.scope import scope
from app.consortium.store import credit as credit_store
from app.consortium.store import people
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import LOCATION, answer, first_who_may, operation
from app.entrypoints.api.paging import paged
from app.entrypoints.api.problems import moment, moment_if_any
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import usage as of_use
from app.entrypoints.api.values import Shape
from app.foundation.identifiers import LARGEST_ID
from app.usage.actions import restricting
from app.usage.store import listing as store

TAG = "use"


@operation("GET", "/credit", deed="credit.see", tag=TAG, answers=of_use.CreditShown)
def my_credit() -> Response:
    """One's own score, every event with its reason, and every restriction."""
    person_id = gate.actor().person_id
    terms, events = terms_of(settings_now()), credit_store.events_of([person_id])
    return answer(
        {
            "score": score(events, terms),
            "cap": terms.cap,
            "events": _events_shown(events, course(events, terms)),
            "restrictions": _restrictions_shown(credit_store.restrictions(person_id=person_id)),
        }
    )


def _events_shown(events: Sequence[Event], after: Mapping[int, int]) -> list[dict[str, Any]]:
    names = people.names(sorted({each.by_id for each in events if each.by_id}))
    dates = store.dates_of({each.date_id for each in events if each.date_id is not None})
    return [
        {
            "id": each.id,
            "rule": each.rule,
            "points": each.points,
            "at": moment(each.at),
            "by": names.get(each.by_id or 0),
            "reason": each.reason,
            "booking_id": dates[each.date_id][0] if each.date_id in dates else None,
            "date_id": each.date_id,
            "reverses": each.reverses_id,
            "score_after": after.get(each.id),
        }
        for each in sorted(events, key=lambda each: (each.at, each.id), reverse=True)
    ]


def _restrictions_shown(held: Sequence[Restriction]) -> list[dict[str, Any]]:
    now = clock.now()
    ids = {each.person_id for each in held} | {each.decided_by for each in held if each.decided_by}
    names = people.names(sorted(ids))
    return [
        {
            "id": each.id,
            "version": each.version,
            "person": {"id": each.person_id, "name": names.get(each.person_id, "")},
            "scope": each.scope,
            "scope_id": each.scope_id,
            "state": each.standing(now),
            "cause": each.cause,
            "why": each.why,
            "events": list(each.event_ids),
            "proposed_at": moment(each.proposed_at),
            "decided_by": names.get(each.decided_by or 0),
            "start": moment_if_any(each.from_at),
            "until": moment_if_any(each.until_at),
            "ended_at": moment_if_any(each.ended_at),
            "ended_why": each.ended_why,
            "appeal": {
                "words": each.appeal.words,
                "at": moment(each.appeal.at),
                "answer": each.appeal.answer,
                "answered_at": moment_if_any(each.appeal.answered_at),
            }
            if each.appeal
            else None,
        }
        for each in held
    ]


@operation(
    "GET",
    "/restrictions",
    deed="conduct.see",
    tag=TAG,
    query=of_use.RestrictionsWanted,
    answers=of_blocks.page_of(of_use.RestrictionShown),
)
def restrictions(wanted: dict[str, Any]) -> Response:
    """Restrictions and proposals at one's bases and of one's organisation's people, the newest first."""
    limit: int = wanted["limit"]
    ids = store.restriction_ids(
        scope(gate.actor(), "conduct.see"),
        wanted.get("state", ""),
        clock.now(),
        limit + 1,
        person_id=wanted.get("person"),
        after=wanted.get("cursor") or LARGEST_ID,
    )
    found = {each.id: each for each in credit_store.restrictions(ids=ids)} if ids else {}
    return answer(paged(_restrictions_shown([found[each] for each in ids if each in found]), limit))


@operation("GET", "/restrictions/<id:restriction_id>", deed="conduct.see", tag=TAG, answers=of_use.RestrictionShown)
def restriction(restriction_id: int) -> Response:
    """One restriction."""
    held, _ = restricting.look(_who("conduct.see", restriction_id), restriction_id, now=clock.now())
    return answer(_restrictions_shown([held])[0])


@operation(
    "POST",
    "/restrictions",
    deed="restriction.decide",
    tag=TAG,
    body=of_use.RestrictionWanted,
    answers=of_use.RestrictionShown,
    status=201,
    refuses=(404,),
    headers=LOCATION,
)
def impose_restriction(wanted: dict[str, Any]) -> Response:
    """Restrict somebody by hand. She is told why at once and can appeal."""
    who, now = gate.actor(), clock.now()

    def do() -> dict[str, Any]:
        made = restricting.impose(
            who,
            wanted["person"],
            wanted["scope"],
            wanted["scope_id"],
            days=wanted["days"],
            why=wanted["why"],
            now=now,
        )
        return _restrictions_shown(credit_store.restrictions(ids=[made]))[0]

    body = transaction(do)
    return answer(body, 201, {"Location": url_for("api.restriction", restriction_id=body["id"])})


def _decision(name: str, body: type[Shape]) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    return operation(
        "POST",
        f"/restrictions/<id:restriction_id>/{name}",
        deed="restriction.decide",
        tag=TAG,
        body=body,
        answers=of_use.RestrictionShown,
        refuses=(409,),
    )


@_decision("confirm", of_use.ProposalFollowed)
def confirm_restriction(wanted: dict[str, Any], restriction_id: int) -> Response:
    """Put a proposed restriction in force."""
    return _decided(restricting.confirm, restriction_id, wanted, days=wanted["days"], why=wanted["why"])


@_decision("dismiss", of_use.RestrictionReasoned)
def dismiss_restriction(wanted: dict[str, Any], restriction_id: int) -> Response:
    """Let a proposal lead to nothing."""
    return _decided(restricting.dismiss, restriction_id, wanted, why=wanted["why"])


@_decision("lift", of_use.RestrictionReasoned)
def lift_restriction(wanted: dict[str, Any], restriction_id: int) -> Response:
    """End a restriction before its time."""
    return _decided(restricting.lift, restriction_id, wanted, why=wanted["why"])


@_decision("answer", of_use.RestrictionAnswered)
def answer_restriction_appeal(wanted: dict[str, Any], restriction_id: int) -> Response:
    """Answer an appeal. Who imposed the restriction cannot (403)."""
    return _decided(restricting.answer, restriction_id, wanted, words=wanted["words"], lifts=wanted["lifts"])


@operation(
    "POST",
    "/restrictions/<id:restriction_id>/appeal",
    deed="restriction.appeal",
    tag=TAG,
    body=of_use.RestrictionAppealed,
    answers=of_use.RestrictionShown,
    refuses=(409,),
)
def appeal_restriction(wanted: dict[str, Any], restriction_id: int) -> Response:
    """Say why a restriction of one's own is not right; somebody else than who decided it answers."""
    who, now = gate.actor(), clock.now()
    held = transaction(lambda: conduct.appeal(who, restriction_id, wanted["version"], words=wanted["words"], now=now))
    return answer(_restrictions_shown([held])[0])


def _decided(do: Callable[..., Restriction], restriction_id: int, wanted: Mapping[str, Any], **said: Any) -> Response:
    who, now = _who("restriction.decide", restriction_id), clock.now()
    held = transaction(lambda: do(who, restriction_id, wanted["version"], now=now, **said))
    return answer(_restrictions_shown([held])[0])


def _who(deed: str, restriction_id: int) -> Actor:
    def placed(_on: date) -> Placement | None:
        found = credit_store.find_restriction(restriction_id)
        if found is None:
            return None
        return restricting.place_of(found.scope, found.scope_id, found.person_id, found.member_id, clock.now())

    return first_who_may(deed, placed)
