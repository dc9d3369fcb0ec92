"""Reminding: who holds something that soon ends is told once, and how many of her coming dates lie after that."""

from __future__ import annotations

from datetime import date, datetime

from app.booking.store.elsewhere import dates_after
from app.catalogue.store import units as catalogue
from app.consortium.actions.settings import settings_now
from app.consortium.rules.qualification import Agreement, Qualification, to_be_renewed
from app.consortium.store import agreements, offices, qualifications
from app.foundation.timespan import DAY, day_span, local_day
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.outbox.store import messages


def due(now: datetime) -> list[Letter]:
    """A message for each qualification and agreement that ends within the days set and that nothing follows."""
    days = settings_now()["eligibility.remind_days"]
    if not days:
        return []
    today = local_day(now)
    last = today + (days + 1) * DAY
    ending = qualifications.ending(today, last)
    held: dict[int, list[Qualification]] = {}
    for each in qualifications.held_by({each.person_id for each in ending}, still_on=today):
        held.setdefault(each.person_id, []).append(each)
    letters = [_of_person(each) for each in ending if to_be_renewed(held.get(each.person_id, []), each)]
    for agreement in agreements.ending(today, last):
        others = agreements.of_member(agreement.member_id)
        if not any(_goes_on(each, agreement) for each in others):
            letters += _of_agreement(agreement, today)
    known = {message.mark for message in messages.of_marks([letter.mark for letter in letters])} if letters else set()
    return [letter for letter in letters if letter.mark not in known]


def remind(letters: list[Letter], now: datetime) -> int:
    """Post them, in the transaction that found them due; how many."""
    outbox.post(letters, now)
    return len(letters)


def _of_person(ending: Qualification) -> Letter:
    assert ending.until_on is not None
    assert ending.last is not None
    after = dates_after(day_span(ending.until_on).start, holder_id=ending.person_id)
    units = catalogue.units(sorted(after)) if after else {}
    concerned = sum(
        number
        for unit_id, number in after.items()
        if (unit := units.get(unit_id)) and ending.covers(unit.id, unit.lab_id, unit.base_id, unit.party_ids)
    )
    facts = {
        "sort": ending.sort,
        "last": ending.last.isoformat(),
        "after": concerned,
        "path": "/account/qualifications",
    }
    return Letter(ending.person_id, "consortium/ending", f"qualification/{ending.id}/{ending.until_on}", facts)


def _of_agreement(ending: Agreement, today: date) -> list[Letter]:
    assert ending.until_on is not None
    assert ending.last is not None
    after = sum(dates_after(day_span(ending.until_on).start, member_id=ending.member_id).values())
    wanted = offices.WantedOffices(today, (ending.member_id,), role="member_admin")
    facts = {"number": ending.number, "last": ending.last.isoformat(), "after": after}
    occasion = f"agreement/{ending.id}/{ending.until_on}"
    return [
        Letter(person_id, "consortium/agreement_ending", occasion, facts)
        for person_id in sorted(
            {each.office.person_id for each in offices.holders(wanted, 100) if not each.is_disabled}
        )
    ]


def _goes_on(other: Agreement, ending: Agreement) -> bool:
    """Whether another agreement with the same owner, or with all, is in force when this one is over."""
    return (
        other.id != ending.id
        and other.with_member_id in (None, ending.with_member_id)
        and ending.until_on is not None
        and other.is_valid_on(ending.until_on)
    )
