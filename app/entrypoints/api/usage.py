"""Operations: who came; giving back, making longer; what it was judged to be; credit and restrictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, url_for

from app.booking.actions.situation import placement
from app.booking.rules.course import Kept, KeptBooking
from app.booking.store import bookings
from app.consortium.actions import conduct
from app.consortium.actions.settings import settings_now
from app.consortium.rules.credit import Event, course, score, terms_of
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.rules.restriction import Restriction
from app.consortium.rules.scope import scope
from app.consortium.store import credit as credit_store
from app.consortium.store import people
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api import shapes
from app.entrypoints.api import shapes_usage as of_use
from app.entrypoints.api.blueprint import ETAG, IF_MATCH, LOCATION, actors, answer, operation
from app.entrypoints.api.bookings import all_shown, version_given, who_may
from app.entrypoints.api.paging import paged
from app.entrypoints.api.problems import moment, problem
from app.entrypoints.api.shapes_line import Nothing
from app.foundation.identifiers import LARGEST_ID
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import Span
from app.usage.actions import judging, restricting
from app.usage.actions import presence as actions
from app.usage.rules.presence import Seen
from app.usage.rules.verdict import Judgement
from app.usage.store import judging as judged_store
from app.usage.store import listing as store
from app.usage.store import presence as presence_store
from app.usage.store.listing import Sought, Use

TAG = "use"
DATE = "/bookings/<id:booking_id>/dates/<id:date_id>"


# ── who came ──


@operation("GET", f"{DATE}/presence", deed="booking.see", tag=TAG, answers=of_use.PresenceShown)
def presence(booking_id: int, date_id: int) -> Response:
    """What is known of one date: who came and left, and what it was judged to be."""
    kept, _ = _seen(who_may("booking.see", booking_id), booking_id, date_id)
    return _presence(kept.id, date_id)


@operation(
    "POST", f"{DATE}/arrive", deed="presence.mark", tag=TAG, body=Nothing, answers=of_use.PresenceShown, refuses=(409,)
)
def arrive(_wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Somebody is here, from a quarter of an hour before the date until its end."""
    who, now = who_may("presence.mark", booking_id), clock.now()
    transaction(lambda: actions.arrive(who, booking_id, date_id, now=now))
    return _presence(booking_id, date_id)


@operation(
    "POST", f"{DATE}/leave", deed="presence.mark", tag=TAG, body=Nothing, answers=of_use.PresenceShown, refuses=(409,)
)
def leave(_wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Somebody has left. Before the end that keeps the rest; `release` gives it back."""
    who, now = who_may("presence.mark", booking_id), clock.now()
    transaction(lambda: actions.leave(who, booking_id, date_id, now=now))
    return _presence(booking_id, date_id)


@operation(
    "POST",
    f"{DATE}/release",
    deed="presence.mark",
    tag=TAG,
    body=of_use.OfVersion,
    answers=shapes.Booking,
    refuses=(409, 428),
    headers=ETAG,
    parameters=[IF_MATCH],
)
def release(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Done sooner: the date ends now, rounded up to the minute; the rest goes to whoever waits."""
    return _changed(wanted, booking_id, date_id, actions.give_back)


@operation(
    "POST",
    f"{DATE}/extend",
    deed="presence.mark",
    tag=TAG,
    body=of_use.OfVersion,
    answers=shapes.Booking,
    refuses=(409, 428),
    headers=ETAG,
    parameters=[IF_MATCH],
)
def extend(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """A while longer (the setting `extend.minutes`, or the unit's block), where the time after it is free."""
    return _changed(wanted, booking_id, date_id, actions.extend)


def _changed(wanted: Mapping[str, Any], booking_id: int, date_id: int, do: Callable[..., KeptBooking]) -> Response:
    version = version_given(wanted.get("version"))
    if version is None:
        return problem(428)
    who, now = who_may("presence.mark", booking_id), clock.now()
    kept = transaction(lambda: do(who, booking_id, version, date_id, now=now))
    return answer(all_shown([kept])[0], headers={"ETag": f'"{kept.version}"'})


@operation(
    "PUT",
    f"{DATE}/presence",
    deed="presence.keep",
    tag=TAG,
    body=of_use.TimesNoted,
    answers=of_use.PresenceShown,
    refuses=(409,),
)
def correct_presence(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """A keeper puts right when somebody came and left, until it is judged."""
    who, now = who_may("presence.keep", booking_id), clock.now()
    version, arrived, left = wanted["version"], wanted["arrived_at"], wanted["left_at"]
    transaction(lambda: actions.correct(who, booking_id, date_id, version, arrived, left, now=now))
    return _presence(booking_id, date_id)


@operation(
    "POST",
    f"{DATE}/excuse",
    deed="presence.keep",
    tag=TAG,
    body=of_use.Excuse,
    answers=of_use.PresenceShown,
    refuses=(409,),
)
def excuse(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """A keeper excuses what was judged: its points come back as events of their own."""
    who, now = who_may("presence.keep", booking_id), clock.now()
    transaction(lambda: judging.excuse(who, booking_id, date_id, wanted["version"], why=wanted["why"], now=now))
    return _presence(booking_id, date_id)


def _seen(who: Actor, booking_id: int, date_id: int) -> tuple[KeptBooking, Kept]:
    kept = bookings.find(booking_id)
    date = next((each for each in kept.dates if each.id == date_id), None) if kept else None
    if kept is None or date is None or not may(who, "booking.see", placement(kept, who.on)):
        raise Refused(NotFound())
    return kept, date


def _presence(booking_id: int, date_id: int) -> Response:
    kept = bookings.find(booking_id)
    span = next(each.span for each in kept.dates if each.id == date_id) if kept else None
    if span is None:
        raise Refused(NotFound())
    seen, judged = presence_store.seen([date_id])[date_id], judged_store.judgements([date_id]).get(date_id)
    return answer(_presence_shown(booking_id, span, seen, judged))


def _presence_shown(booking_id: int, span: Span, seen: Seen, judged: Judgement | None) -> dict[str, Any]:
    return {
        "booking_id": booking_id,
        "date_id": seen.date_id,
        "version": seen.version,
        "start": moment(span.start),
        "end": moment(span.end),
        "expected_since": _moment(seen.expected_at),
        "arrived_at": _moment(seen.arrived_at),
        "arrived_how": seen.arrived_how or None,
        "left_at": _moment(seen.left_at),
        "left_how": seen.left_how or None,
        "released_at": _moment(seen.released_at),
        "booked_until": _moment(seen.was_until),
        "judgement": _judgement_shown(judged) if judged else None,
    }


def _judgement_shown(judged: Judgement) -> dict[str, Any]:
    found = judged.verdict
    return {
        "verdict": found.word,
        "judged_at": moment(judged.judged_at),
        "late_minutes": found.late_minutes,
        "early_minutes": found.early_minutes,
        "over_minutes": found.over_minutes,
        "why": found.why,
        "excused_at": _moment(judged.excused_at),
        "excused_why": judged.excused_why,
        "version": judged.version,
    }


def _moment(at: Any) -> str | None:
    return moment(at) if at is not None else None


@operation(
    "GET",
    "/judgements",
    deed="conduct.see",
    tag=TAG,
    query=of_use.JudgementsWanted,
    answers=shapes.page_of(of_use.UseShown),
)
def judgements(wanted: dict[str, Any]) -> Response:
    """Judged dates of one's bases, and of one's organisation's people, the newest first."""
    limit: int = wanted["limit"]
    sought = Sought(base_id=wanted.get("base"), verdict=wanted.get("verdict", ""), judged=True)
    within = scope(gate.actor(), "conduct.see")
    found = store.uses(within, sought, limit + 1, after=wanted.get("cursor") or LARGEST_ID)
    return answer(paged([_use_shown(each) for each in found], limit))


def _use_shown(use: Use) -> dict[str, Any]:
    return {
        "id": use.date_id,
        "booking_id": use.booking_id,
        "title": use.title,
        "holder": {"id": use.holder_id, "name": use.holder},
        "start": moment(use.span.start),
        "end": moment(use.span.end),
        "units": [unit_id for unit_id, *_ in use.units],
        "presence": _presence_shown(use.booking_id, use.span, use.seen, use.judgement),
    }


# ── credit and restrictions ──


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
            "start": _moment(each.from_at),
            "until": _moment(each.until_at),
            "ended_at": _moment(each.ended_at),
            "ended_why": each.ended_why,
            "appeal": {
                "words": each.appeal.words,
                "at": moment(each.appeal.at),
                "answer": each.appeal.answer,
                "answered_at": _moment(each.appeal.answered_at),
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
    answers=shapes.page_of(of_use.RestrictionShown),
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


def _decision(name: str, body: type[shapes.Shape]) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
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
    """The first of the person's actors who may do it; with one office there is nothing to choose."""
    choices = actors()
    found = credit_store.find_restriction(restriction_id) if len(choices) > 1 else None
    if found is None:
        return choices[0]
    thing = restricting.place_of(found.scope, found.scope_id, found.person_id, found.member_id, clock.now())
    return next((each for each in choices if may(each, deed, thing)), choices[0])
