"""Ways round the rules of displacement that somebody might try: judging her own winner, more than a quota by an appeal."""

from __future__ import annotations

from sqlalchemy import select

from app.consortium.tables.people import Setting
from app.database import session, transaction
from app.outbox.tables import Message
from tests.stories.test_displacing import displacements, displaces, wants
from tests.stories.workshop import Workshop, reading, states_of


def sets(**numbers: int) -> None:
    def do() -> None:
        for name, value in numbers.items():
            session().merge(Setting(name=name.replace("__", "."), value=str(value), version=1))
        session().flush()

    with reading():
        transaction(do)


def appeals(workshop: Workshop, booking_id: int) -> str:
    (case,) = displacements(booking_id)
    path = f"/displacements/{case.id}"
    assert workshop.trainer.sends(f"{path}/appeal", {"version": case.version, "words": "It was agreed."}).status == 303
    return path


def upholds(who, path: str, booking_id: int):
    (case,) = displacements(booking_id)
    said = {"version": case.version, "answer": "upheld", "words": "Right.", "promise": "", "amount": ""}
    return who.sends(f"{path}/answer", said)


def test_who_has_the_time_now_does_not_answer_the_appeal_against_it(workshop: Workshop):
    lesson = workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 2)).booking_id
    others = {workshop.administrator.id}
    displaces(workshop, wants(workshop, workshop.lathe, holder_id=workshop.dean.id))
    path = appeals(workshop, lesson)
    with reading():
        asked = session().scalars(select(Message.person_id).where(Message.template == "displacing/appealed")).all()
    assert set(asked) == others, "it is the dean's own winner"
    refused = upholds(workshop.dean, path, lesson)
    assert refused.status == 403
    assert "Somebody else answers" in refused.words
    assert upholds(workshop.administrator, path, lesson).status == 303


def test_an_appeal_gives_nobody_more_than_her_quota(workshop: Workshop):
    lesson = workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 2)).booking_id
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    sets(quota__person_week_hours=2)
    other = workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 3))
    assert other.was_booked, other.words
    workshop.keeper.cancels(winner)
    path = appeals(workshop, lesson)
    assert upholds(workshop.dean, path, lesson).status == 303
    assert states_of(lesson) == ["cancelled"], "she has as much as one may have in that week"
    (case,) = displacements(lesson)
    assert (case.appeal, case.restored) == ("upheld", False)
