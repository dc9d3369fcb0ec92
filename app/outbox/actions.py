"""What others can ask of the outbox: keep messages with a change, hand them to their ways out, note how that went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.foundation.identifiers import canonical
from app.outbox.rules import ways
from app.outbox.rules.delivery import (
    DROPPED,
    EXPIRED,
    GATHERED,
    LEASE,
    TOO_MANY,
    WAITING,
    Leased,
    Outcome,
    after,
    has_expired,
)
from app.outbox.rules.letter import CALM, DIGEST, Kept, Letter, mark_of
from app.outbox.rules.robot import ONES_OWN
from app.outbox.store import choices, deliveries, jobs, messages, robots

BasesOf = Callable[[Sequence[Kept]], Mapping[int, frozenset[int]]]
"""Tells of each message, by its id, which bases it concerns."""

SPREAD_AT_ONCE = 200
LEASED_AT_ONCE = 20


def post(letters: Sequence[Letter], now: datetime) -> None:
    """Keep messages in the transaction of the change itself; they are sent later."""
    rows: list[dict[str, object]] = [
        {
            "mark": letter.mark,
            "person_id": letter.person_id,
            "template": letter.template,
            "occasion": letter.occasion,
            "facts": canonical(letter.facts),
            "posted_at": now,
            "due_at": now,
        }
        for letter in {letter.mark: letter for letter in letters}.values()
    ]
    if rows:
        messages.add(rows)


def post_trial(letter: Letter, robot_id: int, now: datetime) -> None:
    """Keep a message that goes to one robot only, whatever it is told otherwise."""
    post([letter], now)
    [message] = messages.of_marks([letter.mark])
    deliveries.add([_row(message, "robot", WAITING, now, mark=mark_of(f"trial/{letter.mark}"), robot_id=robot_id)])
    messages.note_spread([message.id], now)


def spread(now: datetime, *, mails: bool, bases_of: BasesOf) -> int:
    """Hand fresh messages to their ways out: mail at once, the digest, group robots; how many messages there were.

    Without a mail server (`mails` False) they are notices on the page, and robots are told.
    """
    fresh = messages.unspread(now, SPREAD_AT_ONCE)
    if not fresh:
        return 0
    rows: list[dict[str, object]] = []
    if mails:
        rows += _mails(fresh, now)
    rows += _for_groups(fresh, bases_of, now)
    deliveries.add(rows)
    messages.note_spread([message.id for message in fresh], now)
    return len(fresh)


def _mails(fresh: Sequence[Kept], now: datetime) -> list[dict[str, object]]:
    people = {message.person_id for message in fresh}
    chosen = choices.choices_of(people)
    lately = Counter(deliveries.made_since(people, now - ways.FLOOD_WINDOW))
    rows = []
    for message in fresh:
        if has_expired(message.posted_at, now):
            rows.append({**_row(message, "mail", EXPIRED, now), "ended_at": now})
            continue
        way = ways.way_out(chosen.get(message.person_id, ways.USUAL), message.kind, lately[message.person_id])
        if message.template in CALM and way == ways.MAIL:
            way = ways.GATHERED
        if message.template == DIGEST or way == ways.MAIL:
            lately[message.person_id] += 1
            rows.append(_row(message, "mail", WAITING, now))
        elif way == ways.GATHERED:
            rows.append(_row(message, "mail", GATHERED, now))
    return rows


def _for_groups(fresh: Sequence[Kept], bases_of: BasesOf, now: datetime) -> list[dict[str, object]]:
    """What group robots are told: one change once, however many people it is told to."""
    told = robots.living()
    if not told:
        return []
    bases = bases_of(fresh)
    lately = Counter(deliveries.told_since([robot.id for robot in told], now - ways.FLOOD_WINDOW))
    rows: dict[str, dict[str, object]] = {}
    for message in fresh:
        if message.template.startswith(ONES_OWN):
            continue
        for robot in told:
            mark = mark_of(f"robot/{robot.id}/{message.template}/{message.occasion or message.mark}")
            if mark in rows or not robot.wants(message.kind, bases.get(message.id, frozenset())):
                continue
            row = _row(message, "robot", WAITING, now, mark=mark, robot_id=robot.id)
            if has_expired(message.posted_at, now):
                row |= {"state": EXPIRED, "ended_at": now}
            elif lately[robot.id] >= ways.MOST_AN_HOUR_IN_A_GROUP:
                row |= {"state": DROPPED, "ended_at": now, "last_words": TOO_MANY}
            else:
                lately[robot.id] += 1
            rows[mark] = row
    for mark in deliveries.known_marks(rows):
        del rows[mark]
    return list(rows.values())


def _row(
    message: Kept, channel: str, state: str, now: datetime, *, mark: str = "", robot_id: int | None = None
) -> dict[str, object]:
    return {
        "message_id": message.id,
        "person_id": message.person_id,
        "channel": channel,
        "robot_id": robot_id,
        "mark": mark or message.mark,
        "state": state,
        "made_at": now,
        "due_at": now,
        "ended_at": None,
        "tries": 0,
        "last_words": "",
    }


# ── sending ──


def lease(now: datetime) -> list[Leased]:
    """Take the next deliveries for oneself. Whoever dies with them in hand leaves them to the next, never lost."""
    return deliveries.lease(now, now + LEASE, LEASED_AT_ONCE)


def settle(leased: Leased, outcome: Outcome, now: datetime, chance: float) -> None:
    """Note how one try ended; what failed is due again after a pause, spread by `chance` in [0, 1)."""
    state, due_at = after(outcome, leased.tries, now, chance)
    deliveries.settle(leased.id, state, due_at, outcome.short_words, now)


def release_leases() -> None:
    """For a new leader, who knows that nobody else sends: what was in hand is due at once."""
    deliveries.release_leases()


# ── the daily digest ──


def gather(now: datetime) -> int:
    """Post a digest to everybody whose hour has come since messages were gathered for her; how many digests."""
    waiting = deliveries.people_with_gathered(now)
    chosen = choices.choices_of(waiting)
    posted = 0
    for person_id in waiting:
        moment = ways.last_digest(chosen.get(person_id, ways.USUAL).digest_hour, now)
        taken = deliveries.take_gathered(person_id, moment, now)
        if taken:
            # The first message it tells of makes the mark: the same messages are never told in two digests.
            post([Letter(person_id, DIGEST, f"{moment.isoformat()}/{taken[0]}", {"messages": taken})], now)
            posted += 1
    return posted


# ── what the clock set off ──


def plan_jobs(every_seconds: Mapping[str, int], now: datetime, runner: str) -> None:
    """A new leader says which jobs there are."""
    jobs.plan(every_seconds, now, runner)


def note_run(name: str, begun_at: datetime, ended_at: datetime, next_at: datetime, words: str, *, failed: bool) -> None:
    """Note how one run of a job went. No person did it, so it leaves no trail."""
    jobs.note(name, begun_at, ended_at, next_at, " ".join(words.split())[:300], failed=failed)


# ── what people do on the page ──


def mark_read(person_id: int, now: datetime, message_id: int | None = None, before: datetime | None = None) -> int:
    """Mark one notice, or all (from before some moment), as read; how many were unread."""
    return len(messages.mark_read(person_id, now, message_id, before))
