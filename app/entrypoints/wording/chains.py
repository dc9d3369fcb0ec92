"""Approval in words: parties, steps, what silence means, reasons to refuse; for pages, exports, mails and the API's help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from flask_babel import gettext, ngettext

from app.booking.rules import chain, counter_offer
from app.booking.rules.chain import Part, Step
from app.entrypoints.formats import moment_text
from app.entrypoints.wording.units import Sentences


def party_title(party: str) -> str:
    return {
        "department": gettext("The applicant's department"),
        "keeper": gettext("The keeper"),
        "owner": gettext("The owner"),
        "safety": gettext("The safety officer"),
        "applicant_admin": gettext("The administrator of the applicant's member"),
        "owner_admin": gettext("The administrator of the owner's side"),
        "administrator": gettext("The administrators of the consortium"),
    }.get(party, party)


def kind_title(kind: str) -> str:
    return {
        "own": gettext("The owner's side itself"),
        "member": gettext("Other members"),
        "outside": gettext("Organisations outside the consortium"),
        "any": gettext("Everybody"),
    }.get(kind, kind)


def reason_title(reason: str | None) -> str:
    return {
        "closed_to_kind": gettext("Not open to this kind of applicant"),
        "safety": gettext("Safety"),
        "not_suitable": gettext("Not suitable for the purpose"),
        "full_teaching": gettext("Needed for teaching"),
        "maintenance": gettext("Maintenance or repair"),
        "incomplete": gettext("The request is incomplete"),
        "no_agreement": gettext("No agreement on file"),
        "other": gettext("Another reason"),
        "taken": gettext("Taken by the time it was to be granted"),
        "unqualified": gettext("Something required was no longer there by the time it was to be granted"),
        "unanswered": gettext("Nobody answered before it began"),
    }.get(reason or "", "")


def reason_choices(every: bool = False) -> list[tuple[str, str]]:
    return [(reason, reason_title(reason)) for reason in (chain.ALL_REASONS if every else chain.REASONS)]


def parties_text(parties: Iterable[str], rule: str) -> str:
    """The keeper or the owner; the keeper and the owner."""
    names = [party_title(party) for party in parties]
    return (gettext(" and ") if rule == chain.ALL_OF else gettext(" or ")).join(names)


def silence_text(silence: str, party: str, seat: str) -> str:
    """What happens when the time is over and nobody has answered."""
    if silence == chain.GRANT and party == seat:
        return gettext("without an answer by then it is granted")
    above = chain.UP.get(party)
    if above is None:
        return gettext("without an answer it is refused when its time begins")
    return gettext("then: %(party)s", party=party_title(above))


def raised_text(part: Part) -> str:
    """Why not the seat itself is asked."""
    seat = party_title(part.seat)
    return {
        "own": gettext("In place of: %(seat)s, who would decide over her own", seat=seat),
        "nobody": gettext("In place of: %(seat)s, for nobody holds that office", seat=seat),
        "silent": gettext("In place of: %(seat)s, who did not answer in time", seat=seat),
    }.get(part.raised, "")


def step_line(parts: Sequence[Part]) -> str:
    """2 of 3: The keeper or the owner; from one base's parts."""
    steps = sorted({part.step for part in parts})
    asked = [part for part in parts if part.state == chain.WAITING]
    if not asked:
        return ""
    now = asked[0].step
    who = parties_text(dict.fromkeys(part.party for part in asked), asked[0].rule)
    if len(steps) == 1:
        return who
    return gettext("%(step)s of %(steps)s: %(who)s", step=steps.index(now) + 1, steps=len(steps), who=who)


def until_line(parts: Sequence[Part]) -> str:
    """Until when an answer is waited for, and what silence means."""
    asked = [part for part in parts if part.state == chain.WAITING]
    if not asked:
        return ""
    first = min(asked, key=lambda part: (part.due_at is None, part.due_at))
    means = silence_text(first.silence, first.party, first.seat)
    if first.due_at is None:
        return means
    return gettext("until %(when)s, %(means)s", when=moment_text(first.due_at), means=means)


def step_text(step: Step) -> str:
    """A step of a chain as it is set: who, for how long, and what silence means."""
    hours = ngettext("%(num)s working hour", "%(num)s working hours", step.hours)
    means = gettext("silence is consent") if step.silence == chain.GRANT else gettext("then the next one up")
    return gettext("%(who)s; %(hours)s, %(means)s", who=parties_text(step.parties, step.rule), hours=hours, means=means)


def answer_steps(parts: Sequence[Part], base: str, people: Mapping[int, str]) -> list[tuple[str, str, str, str]]:
    """One base's chain for the macro `steps`: (title, text, done|now|next|stopped, when)."""
    found = []
    for part in parts:
        if part.state == chain.WITHDRAWN:
            continue
        state = {chain.APPROVED: "done", chain.REFUSED: "stopped", chain.WAITING: "now", chain.LAPSED: "done"}
        title = {
            chain.APPROVED: gettext("Agreed: %(who)s", who=party_title(part.party)),
            chain.REFUSED: gettext("Refused: %(who)s", who=party_title(part.party)),
            chain.LAPSED: gettext("Did not answer in time: %(who)s", who=party_title(part.party)),
        }.get(part.state, party_title(part.party))
        lines = [base, _who(part, people), raised_text(part), reason_title(part.reason)]
        if part.state == chain.WAITING:
            lines.append(until_line([part]))
        if part.note:
            lines.append(gettext("“%(words)s”", words=part.note))
        when = moment_text(part.decided_at) if part.decided_at else ""
        found.append((title, gettext("; ").join(line for line in lines if line), state.get(part.state, "next"), when))
    return found


def _who(part: Part, people: Mapping[int, str]) -> str:
    if part.decided_by is None:
        return gettext("by silence") if part.state == chain.APPROVED else ""
    name = people.get(part.decided_by, "")
    if part.for_person is None:
        return name
    return gettext("%(name)s in place of %(absent)s", name=name, absent=people.get(part.for_person, ""))


def days_text(first: date, until: date) -> str:
    """The days of a delegation, the last one included."""
    return gettext("%(first)s to %(last)s", first=first.isoformat(), last=date.fromordinal(until.toordinal() - 1))


SENTENCES: Sentences = {
    chain.ApprovesOwn: lambda _r, _n: gettext(
        "You hold this booking or asked for it, or stand in for somebody who did: somebody else decides."
    ),
    chain.NeedsReason: lambda _r, _n: gettext("Please choose the reason for the refusal."),
    counter_offer.CounterOfferIsOver: lambda _r, _n: gettext(
        "This proposal of another time is over: answered, taken back, or something else has become of the booking."
    ),
    counter_offer.SameTime: lambda _r, _n: gettext("This is the time that was asked for."),
}
