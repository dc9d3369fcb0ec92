"""What must hold in any database after any crowd: looked at with plain SQL and plain Python, none of the product's rules."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import text
from sqlalchemy.engine import Engine

OVERLAPS = """
SELECT a.id, b.id FROM booking_allocation a JOIN booking_allocation b
  ON a.unit_id = b.unit_id AND a.id < b.id AND a.holds AND b.holds
 AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at AND (a.exclusive OR b.exclusive)
"""


def overlapping_pairs(engine: Engine) -> list[tuple[int, int]]:
    """Pairs of held rows of one unit that overlap although one of them takes the unit whole."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(OVERLAPS))]


def overfilled(engine: Engine) -> list[tuple[int, object, int, int]]:
    """Moments at which more of a pool is held than exists: unit, moment, held, capacity."""
    query = """
        SELECT a.unit_id, a.starts_at, a.ends_at, a.quantity, u.capacity
        FROM booking_allocation a JOIN catalogue_unit u ON u.id = a.unit_id
        WHERE a.holds AND NOT a.exclusive AND u.kind <> 'room'
    """
    by_unit = defaultdict(list)
    with engine.connect() as connection:
        for unit_id, start, end, quantity, capacity in connection.execute(text(query)):
            by_unit[unit_id, capacity].append((start, end, quantity))
    return [
        (unit_id, moment, held, capacity)
        for (unit_id, capacity), rows in by_unit.items()
        for moment in {start for start, _, _ in rows}
        if (held := sum(quantity for start, end, quantity in rows if start <= moment < end)) > capacity
    ]


def partial_groups(engine: Engine) -> list[str]:
    """Bookings of which a part is missing: a date without its units, or held where it must not be."""
    query = """
        SELECT d.booking_id, d.id, d.state, b.title, a.unit_id, a.holds, a.asked
        FROM booking_date d JOIN booking_booking b ON b.id = d.booking_id
        LEFT JOIN booking_allocation a ON a.date_id = d.id
    """
    dates: dict[tuple[int, int, str, str], list[tuple[int | None, bool, bool]]] = defaultdict(list)
    with engine.connect() as connection:
        for booking_id, date_id, state, title, unit_id, holds, asked in connection.execute(text(query)):
            dates[booking_id, date_id, state, title].append((unit_id, bool(holds), bool(asked)))
        childless = connection.execute(
            text("SELECT id FROM booking_booking WHERE id NOT IN (SELECT booking_id FROM booking_date)")
        ).scalars()
        faults = [f"booking {booking_id} has no date" for booking_id in childless]
    for (booking_id, date_id, state, title), rows in dates.items():
        units = {unit_id for unit_id, _, asked in rows if asked and unit_id is not None}
        wanted = int(title.split("x")[1]) if "x" in title else len(units)
        if len(units) != wanted:
            faults.append(f"booking {booking_id} date {date_id}: {len(units)} units of {wanted}")
        if state == "confirmed" and not all(holds for _, holds, _ in rows):
            faults.append(f"booking {booking_id} date {date_id} is confirmed but not held")
        if state in ("refused", "cancelled") and any(holds for _, holds, _ in rows):
            faults.append(f"booking {booking_id} date {date_id} is {state} but held")
    return faults


def changes_without_trail(engine: Engine) -> list[str]:
    """Bookings whose number of changes is not their number of trail entries."""
    query = """
        SELECT b.id, b.version, (
            SELECT count(*) FROM trail_entry t WHERE t.object_kind = 'booking' AND t.object_id = b.id) AS entries
        FROM booking_booking b
    """
    with engine.connect() as connection:
        return [
            f"booking {booking_id}: {version} versions, {entries} entries"
            for booking_id, version, entries in connection.execute(text(query))
            if version != entries
        ]


def wrongly_agreed(engine: Engine) -> list[str]:
    """Answers that somebody gave about what was her own, and yeses of bases whose chain was not through."""
    own = """
        SELECT a.id, a.booking_id FROM booking_answer a JOIN booking_booking b ON b.id = a.booking_id
        WHERE a.state IN ('approved', 'refused') AND a.round = (SELECT max(o.round) FROM booking_answer o
        WHERE o.booking_id = a.booking_id) AND (b.holder_id IN (a.decided_by, a.for_person)
        OR b.requester_id IN (a.decided_by, a.for_person))
    """
    chains = """
        SELECT p.booking_id, p.base_id, a.step, a.rule, a.seat, a.state
        FROM booking_approval p LEFT JOIN booking_answer a ON a.booking_id = p.booking_id AND a.base_id = p.base_id
        AND a.round = (SELECT max(o.round) FROM booking_answer o WHERE o.booking_id = p.booking_id)
        WHERE p.state = 'approved'
    """
    seats: dict[tuple[int, int, int | None, str], dict[str, bool]] = defaultdict(dict)
    with engine.connect() as connection:
        faults = [f"booking {row[1]}: answer {row[0]} is about her own" for row in connection.execute(text(own))]
        for booking_id, base_id, step, rule, seat, state in connection.execute(text(chains)):
            agreed = seats[booking_id, base_id, step, rule]
            agreed[seat] = agreed.get(seat, False) or state == "approved"
    for (booking_id, base_id, step, rule), agreed in seats.items():
        if not (all(agreed.values()) if rule == "all" else any(agreed.values())):
            faults.append(f"booking {booking_id} base {base_id} agreed without step {step}")
    return faults


def answered_twice(engine: Engine) -> list[str]:
    """Held times that were answered more than once, and exchanges of which not exactly both halves were done."""
    query = """
        SELECT object_id, count(*) FROM trail_entry WHERE object_kind = 'booking'
        AND deed IN ('waiting.accept', 'waiting.declined', 'waiting.expired') GROUP BY object_id HAVING count(*) > 1
    """
    swapped = "SELECT count(*) FROM booking_proposal WHERE kind = 'swap' AND state = 'accepted'"
    with engine.connect() as connection:
        faults = [f"booking {row[0]} was answered {row[1]} times" for row in connection.execute(text(query))]
        accepted = connection.scalar(text(swapped))
        halves = connection.scalar(text("SELECT count(*) FROM trail_entry WHERE deed = 'booking.swap'"))
    return faults if halves == 2 * accepted else [*faults, f"{accepted} exchanges, but {halves} halves"]


def in_the_line_and_held(engine: Engine) -> list[str]:
    """Offers and standbys that do not say the same of whose turn it is."""
    query = """
        SELECT s.id, s.state, o.state FROM booking_standby s JOIN booking_offer o ON o.standby_id = s.id
        WHERE (o.state = 'open') <> (s.state = 'offered') AND o.id = (SELECT max(id) FROM booking_offer x
        WHERE x.standby_id = s.id)
    """
    with engine.connect() as connection:
        return [f"standby {row[0]} is {row[1]}, its offer {row[2]}" for row in connection.execute(text(query))]


def not_told_of_a_fault(engine: Engine) -> list[str]:
    """Bookings that stand in the time of a confirmed fault of their unit, although nobody was told: booked in spite of it."""
    query = """
        SELECT DISTINCT f.id, d.booking_id FROM timetable_fault f
        JOIN booking_allocation a ON a.unit_id = f.unit_id AND a.starts_at < f.blocked_until AND a.ends_at > f.began_at
        JOIN booking_date d ON d.id = a.date_id AND d.state IN ('waiting', 'confirmed')
        WHERE f.state = 'confirmed' AND f.blocked_until IS NOT NULL AND f.whole AND NOT EXISTS (
            SELECT 1 FROM booking_fault_hit h WHERE h.fault_id = f.id AND h.booking_id = d.booking_id)
    """
    with engine.connect() as connection:
        return [f"booking {row[1]} stands in fault {row[0]} untold" for row in connection.execute(text(query))]


def wrongly_given_back(engine: Engine) -> list[str]:
    """Displaced times that were both given back and settled elsewhere, and appeals not answered exactly once."""
    both = "SELECT id FROM booking_displacement WHERE restored AND resettled_id IS NOT NULL"
    answered = """
        SELECT count(*) FROM booking_displacement WHERE appeal IN ('upheld', 'rejected')
    """
    entries = "SELECT count(*) FROM trail_entry WHERE deed = 'displacement.answer'"
    restored = """
        SELECT b.booking_id, count(*), (SELECT count(*) FROM trail_entry t WHERE t.deed = 'displacement.answer'
        AND t.object_kind = 'booking' AND t.object_id = b.booking_id) AS entries
        FROM booking_displacement b WHERE b.restored GROUP BY b.booking_id
    """
    with engine.connect() as connection:
        faults = [f"displacement {row[0]} was given back and settled" for row in connection.execute(text(both))]
        done, told = connection.scalar(text(answered)), connection.scalar(text(entries))
        for booking_id, times, entered in connection.execute(text(restored)):
            if times != entered:
                faults.append(f"booking {booking_id}: {times} dates given back, {entered} entries")
    return faults if done == told else [*faults, f"{done} appeals answered, {told} entries"]


def kept_bookings(engine: Engine) -> dict[int, int]:
    """Every booking with its number of dates."""
    query = "SELECT booking_id, count(*) FROM booking_date GROUP BY booking_id"
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(query))}


def everything_wrong(engine: Engine) -> list[str]:
    """All of the above, as sentences; empty means that every promise about the ledger holds."""
    return [
        *(f"rows {pair} overlap" for pair in overlapping_pairs(engine)),
        *(f"overfilled: {fault}" for fault in overfilled(engine)),
        *partial_groups(engine),
        *changes_without_trail(engine),
        *wrongly_agreed(engine),
        *answered_twice(engine),
        *in_the_line_and_held(engine),
        *not_told_of_a_fault(engine),
        *wrongly_given_back(engine),
    ]
