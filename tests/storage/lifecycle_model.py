"""The life of bookings in plain Python: who may do what to which date, what becomes of it, and who is next in the line.

Units are taken whole, slots are numbered hours, and every deed either answers with the (deed, before, after) of each date
it touches or raises `No` with the codes of the refusal. What the product does is held against it step by step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

OPEN = ("waiting", "confirmed")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SLOTS = 4
HOLD = timedelta(hours=24)
ANSWER_HOURS, OFFICE = 1, range(8, 17)
DISPLACED_UNTIL = timedelta(hours=24)
WATCHED_WITHIN, NO_SHOW = timedelta(minutes=5), timedelta(minutes=30)


class No(Exception):
    """A refusal, with the set of its codes."""

    def __init__(self, *codes: str) -> None:
        super().__init__(codes)
        self.codes = set(codes)


@dataclass(frozen=True)
class Unit:
    """A machine: its base, whether somebody must agree, whether it holds its time until then, and what silence means."""

    base: str
    asks: bool = False
    holds: bool = True
    silence_grants: bool = False


UNITS = {
    "free": Unit("near"),
    "also": Unit("near"),
    "asks": Unit("near", asks=True),
    "loose": Unit("near", asks=True, holds=False, silence_grants=True),
    "far": Unit("far", asks=True),
}
WANTS = (("free",), ("also",), ("asks",), ("loose",), ("far",), ("asks", "far"), ("free", "loose"))


@dataclass(frozen=True)
class Person:
    """Somebody: her member, her offices, and the bases that her office of keeper covers."""

    member: str
    roles: tuple[str, ...] = ("booker",)
    keeps: tuple[str, ...] = ()


PEOPLE = {
    "anna": Person("school"),
    "bert": Person("school"),
    "carl": Person("company"),
    "dora": Person("institute"),
    "school_admin": Person("school", ("member_admin",)),
    "keeper": Person("owner", ("keeper",), ("near",)),
    "far_keeper": Person("owner", ("keeper",), ("far",)),
    "owner_admin": Person("owner", ("member_admin",), ("near", "far")),
    "administrator": Person("council", ("administrator",)),
}
ASKERS = ("anna", "bert", "carl", "keeper")


@dataclass(eq=False)
class Date:
    """One date of a booking."""

    slot: int
    wants: tuple[str, ...]
    state: str
    held: tuple[str, ...]
    length: timedelta = HOUR
    watched: bool = False
    given_on: bool = False


@dataclass(eq=False)
class Standby:
    """Somebody in the line for one unit, or for several together, at one slot."""

    person: str
    wants: tuple[str, ...]
    slot: int
    state: str = "open"
    passed: bool = False
    rank: int = 10


@dataclass(eq=False)
class Offer:
    """A freed time held for her."""

    standby: Standby
    expires: datetime
    state: str = "open"


@dataclass(eq=False)
class Asking:
    """One base's answer that is waited for: how far up it has gone, until when."""

    due: datetime | None
    party: str = "keeper"


@dataclass(eq=False)
class Booking:
    """A booking, its dates in order of time, and the bases that are still asked."""

    requester: str
    holder: str
    member: str
    dates: list[Date]
    version: int = 1
    asked: dict[str, Asking] = field(default_factory=dict)
    offer: Offer | None = None

    @property
    def is_offer(self) -> bool:
        return self.offer is not None and self.offer.state == "open"

    @property
    def wants(self) -> tuple[str, ...]:
        return max(self.dates, key=lambda date: (date.state in OPEN, date.slot)).wants

    @property
    def state(self) -> str:
        states = {date.state for date in self.dates}
        return next(state for state in ("waiting", "confirmed", "refused", "cancelled") if state in states)


@dataclass(eq=False)
class Proposal:
    """What one asks of another: to take a booking over, or to exchange two dates; `mark` is how they stood then."""

    kind: str
    sender: str
    to: str
    booking: Booking
    mark: list[tuple]
    expires: datetime
    date: Date | None = None
    other: Booking | None = None
    theirs: Date | None = None
    state: str = "open"


Touched = list[tuple[str, str, str]]


class Model:
    """One history from `start` on; slots are an hour each, two on each of two days, two days later."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self.starts = [start + timedelta(days=2 + n // 2, hours=n % 2) for n in range(SLOTS)]
        self.bookings: list[Booking] = []
        self.line: list[Standby] = []
        self.offers: list[Booking] = []
        self.proposals: list[Proposal] = []
        self.touched: Touched = []

    # ── what is asked of it ──

    def ask(self, who: str, wants: tuple[str, ...], slots: list[int], part: bool) -> None:
        against = {slot: self._against(wants, slot) for slot in slots}
        kept = [slot for slot in slots if not against[slot]]
        codes = set().union(*against.values())
        if not kept or (codes and not part):
            raise No(*codes)
        state = "waiting" if _bases(wants) else "confirmed"
        dates = [Date(slot, wants, state, _holding(wants, state)) for slot in kept]
        self.bookings.append(Booking(who, who, PEOPLE[who].member, dates, asked=self._asking(wants, dates)))
        self.touched += [("booking.request", "", state) for _ in dates]

    def approve(self, who: str, booking: Booking, stale: bool) -> None:
        mine = self._to_decide(who, booking, stale)
        waiting = [date for date in booking.dates if date.state == "waiting"]
        codes = {code for date in waiting for code in self._against(booking.wants, date.slot, waiting, past=True)}
        if codes:
            raise No(*codes)
        self._agree(booking, mine)

    def _agree(self, booking: Booking, bases: set[str]) -> None:
        waiting = [date for date in booking.dates if date.state == "waiting"]
        booking.version += 1
        booking.asked = {base: asking for base, asking in booking.asked.items() if base not in bases}
        after = "waiting" if booking.asked else "confirmed"
        for date in waiting if not booking.asked else ():
            date.state, date.held = "confirmed", date.wants
        self.touched.extend(("booking.approve", "waiting", after) for _ in waiting)

    def refuse(self, who: str, booking: Booking, stale: bool) -> None:
        self._to_decide(who, booking, stale)
        self._refuse(booking)

    def _refuse(self, booking: Booking) -> None:
        self._end(booking, [date for date in booking.dates if date.state == "waiting"], "refused", "booking.refuse")

    def move(self, who: str, booking: Booking, date: Date, slot: int, stale: bool) -> None:
        """A date to another slot; to its own: only the words change."""
        self._to_change(who, booking, stale, "change")
        coming = self._not_ended(booking)
        if date not in coming:
            raise No("already_over")
        if slot == date.slot:
            booking.version += 1
            self.touched += [("booking.change", each.state, each.state) for each in booking.dates if each.state in OPEN]
            return
        codes = self._against(booking.wants, slot, [date])
        if codes:
            raise No(*codes)
        if any(each.slot == slot for each in coming if each is not date):
            raise No("overlaps_itself")
        self._change(booking, {date: slot}, booking.wants)

    def retarget(self, who: str, booking: Booking, wants: tuple[str, ...], stale: bool) -> None:
        """Every date that has not ended on other units."""
        self._to_change(who, booking, stale, "change")
        coming = self._not_ended(booking)
        codes = {code for date in coming for code in self._against(wants, date.slot, coming, past=True)}
        if codes:
            raise No(*codes)
        self._change(booking, {date: date.slot for date in coming}, wants)

    def add(self, who: str, booking: Booking, slot: int, stale: bool) -> None:
        self._to_change(who, booking, stale, "change")
        open_slots = [date.slot for date in booking.dates if date.state in OPEN]
        codes = {"overlaps_itself"} if slot in open_slots else self._against(booking.wants, slot)
        if codes:
            raise No(*codes)
        wants = booking.wants
        state = "waiting" if _bases(wants) else "confirmed"
        booking.version += 1
        booking.dates.append(Date(slot, wants, state, _holding(wants, state)))
        booking.asked = self._asking(wants, booking.dates) or booking.asked
        self.touched += [("booking.add", "", state)]

    def cancel(self, who: str, booking: Booking, date: Date | None, stale: bool) -> None:
        self._to_change(who, booking, stale, "cancel")
        coming = self._not_ended(booking)
        chosen = coming if date is None else [date]
        if date is not None and date not in coming:
            raise No("already_over")
        if booking.is_offer:
            self._answer(booking, "declined", "open")
            self._end(booking, chosen, "cancelled", "booking.cancel", before="offered")
        else:
            self._end(booking, chosen, "cancelled", "booking.cancel")

    # ── the waiting list ──

    def wait(self, who: str, unit: str, slot: int) -> None:
        if self._fits((unit,), slot):
            raise No("free_now")
        self.line.append(Standby(who, (unit,), slot))

    def withdraw(self, who: str, standby: Standby) -> None:
        if standby.person != who:
            raise No("not_found")
        if standby.state != "open":
            raise No("offer_is_over")
        standby.state = "withdrawn"

    def accept(self, who: str, booking: Booking) -> None:
        self._to_answer(who, booking)
        (date,) = booking.dates
        state = "waiting" if _bases(date.wants) else "confirmed"
        booking.version += 1
        date.state, date.held = state, _holding(date.wants, state)
        booking.asked = self._asking(date.wants, booking.dates)
        self._answer(booking, "accepted", "served")
        self.touched += [("waiting.accept", "offered", state)]

    def decline(self, who: str, booking: Booking, leave: bool) -> None:
        self._to_answer(who, booking)
        self._answer(booking, "declined", "withdrawn" if leave else "open")
        self._end(booking, booking.dates, "cancelled", "waiting.declined", before="offered")

    # ── the clock ──

    def lapse(self) -> None:
        """Silence is consent, judged as a yes is, or goes up."""
        for booking in [each for each in self.bookings if each.asked]:
            due = {base for base, asking in booking.asked.items() if asking.due and asking.due <= self.now}
            granted = {base for base in due if self._silence_grants(booking, base)}
            waiting = [date for date in booking.dates if date.state == "waiting"]
            if granted and any(self._against(booking.wants, date.slot, waiting, past=True) for date in waiting):
                self._refuse(booking)
                continue
            for base in due - granted:
                booking.asked[base] = self._above(booking, booking.asked[base])
            if granted:
                self._agree(booking, granted)
            elif due:
                booking.version += 1
                self.touched.extend(("booking.escalate", "waiting", "waiting") for _ in waiting)

    def begin(self) -> None:
        """What has begun without an answer waits no longer."""
        for booking in [each for each in self.bookings if each.asked]:
            if all(self.starts[date.slot] <= self.now for date in booking.dates if date.state == "waiting"):
                self._refuse(booking)

    def expire(self) -> None:
        """Offers end in the order in which they were made, one by one."""
        for booking in [each for each in self.offers if each.is_offer and each.offer.expires <= self.now]:
            self._answer(booking, "expired", "open")
            self._end(booking, booking.dates, "cancelled", "waiting.expired", before="offered")

    def sweep(self) -> None:
        """Who waits for a day that is over is asked no more."""
        for standby in self._open_line():
            if self._day(self.starts[standby.slot]) < self._day(self.now):
                standby.state = "past"
            else:
                self._offer(standby)

    def _day(self, moment: datetime) -> int:
        return (moment - self.starts[0]) // timedelta(days=1)

    def _silence_grants(self, booking: Booking, base: str) -> bool:
        return booking.asked[base].party == "keeper" and _consents(booking.wants, base)

    def _above(self, booking: Booking, asking: Asking) -> Asking:
        hers = "owner_admin" in (booking.holder, booking.requester)
        up = "owner_admin" if asking.party == "keeper" and not hers else "administrator"
        return Asking(None if up == "administrator" else self._due(booking.dates), up)

    def _asking(self, wants: tuple[str, ...], dates: list[Date]) -> dict[str, Asking]:
        return {base: Asking(self._due(() if _consents(wants, base) else dates)) for base in _bases(wants)}

    def _due(self, dates: Iterable[Date]) -> datetime:
        """So many office hours from now, on Mondays to Fridays, counted minute by minute where it matters; no later than
        half the time until the first of these waiting dates."""
        left, at = ANSWER_HOURS * 60, self.now
        while left:
            local = at + timedelta(hours=8)
            if local.weekday() < 5 and local.hour in OFFICE:
                step = min(left, 60 - local.minute)
                left -= step
            else:
                step = 60 - local.minute
            at += timedelta(minutes=step)
        begins = min((self.starts[date.slot] for date in dates if date.state == "waiting"), default=None)
        return at if begins is None else min(at, self.now + max(begins - self.now, timedelta()) / 2)

    # ── once it runs ──

    def end(self, date: Date) -> datetime:
        return self.starts[date.slot] + date.length

    def give_back(self, who: str, booking: Booking, date: Date, stale: bool) -> None:
        """The rest of a running date; for her only once the clock would do it too."""
        if not self.sees(who, booking):
            raise No("not_found")
        is_hers = who in (booking.holder, booking.requester)
        if not is_hers and not self._keeps(who, booking):
            raise No("not_allowed")
        if stale:
            raise No("changed_meanwhile")
        if date.state != "confirmed":
            raise No("date_not_confirmed")
        if date.given_on:
            raise No("given_on")
        earliest = self.starts[date.slot] + (timedelta() if is_hers else NO_SHOW)
        if not self.starts[date.slot] < self.now < self.end(date) or self.now < earliest:
            raise No("not_now")
        self._shorten(booking, date, "presence.give_back")

    def tend(self) -> None:
        """Who comes is watched for from the beginning on; what nobody came for is given on after half an hour."""
        running = [
            (booking, date)
            for booking in self.bookings
            for date in booking.dates
            if date.state == "confirmed" and self.starts[date.slot] <= self.now < self.end(date)
        ]
        for booking, date in running:
            since = self.now - self.starts[date.slot]
            if not date.watched and since < WATCHED_WITHIN:
                date.watched = True
            elif date.watched and since >= NO_SHOW:
                self._shorten(booking, date, "presence.release")

    def _shorten(self, booking: Booking, date: Date, deed: str) -> None:
        """No time is left in which anybody else could begin, so nobody in the line is served."""
        date.length, date.given_on = self.now - self.starts[date.slot], True
        booking.version += 1
        self.touched.append((deed, "confirmed", "confirmed"))

    def _keeps(self, who: str, booking: Booking) -> bool:
        bases = {UNITS[name].base for name in booking.wants}
        return not bases.isdisjoint(PEOPLE[who].keeps) or who == "administrator"

    # ── who goes first ──

    def displace(self, who: str, wants: tuple[str, ...], slots: list[int]) -> None:
        """The owner's own use takes the time of others', up to a day before it begins; of its own it does not."""
        if not self._may_displace(who, wants):
            raise No("not_allowed")
        victims = [
            (booking, date)
            for booking in self.bookings
            for date in booking.dates
            if date.slot in slots and not set(wants).isdisjoint(date.held)
        ]
        codes = {"in_the_past" for slot in slots if self.starts[slot] < self.now}
        for booking, date in victims:
            codes |= set() if self._may_displace(who, booking.wants) else {"not_allowed"}
            codes |= {"equal_rank"} if booking.member == "owner" else set()
            if self.starts[date.slot] <= self.now:
                codes.add("has_begun")
            elif self.now > self.starts[date.slot] - DISPLACED_UNTIL:
                codes.add("after_the_deadline")
        if codes:
            raise No(*codes)
        freed, touched = [], []
        for booking in [each for each in self.bookings if any(each is victim for victim, _ in victims)]:
            dates = [date for victim, date in victims if victim is booking]
            if booking.is_offer:
                booking.offer.state, booking.offer.standby.state = "declined", "open"  # taken from her, not let pass
                touched.append(("booking.displace", "offered", "cancelled"))
            else:
                touched += [("booking.displace", date.state, "cancelled") for date in dates]
                self.line += [Standby(booking.holder, date.wants, date.slot, rank=0) for date in dates]
            freed += self._freed(dates)
            for date in dates:
                date.state, date.held = "cancelled", ()
            booking.version += 1
            if all(date.state != "waiting" for date in booking.dates):
                booking.asked = {}
        self.ask(who, wants, slots, part=False)
        self.touched += touched
        for date in self.bookings[-1].dates if victims else ():
            date.held = date.wants
        self._serve(freed)

    def _may_displace(self, who: str, wants: tuple[str, ...]) -> bool:
        return not {UNITS[name].base for name in wants}.isdisjoint(PEOPLE[who].keeps) or who == "administrator"

    # ── passing on ──

    def propose_hand_over(self, who: str, booking: Booking, to: str, stale: bool) -> None:
        self._to_change(who, booking, stale, "pass_on")
        if to in (who, booking.holder):
            raise No("invalid")
        coming = self._coming(booking)
        if not coming:
            raise No("already_over")
        self._propose(Proposal("hand_over", who, to, booking, _mark(coming), self._expiry(coming)))

    def propose_swap(self, who: str, booking: Booking, date: Date, unit: str, slot: int, stale: bool) -> None:
        self._to_change(who, booking, stale, "pass_on")
        if not self._can_swap(date):
            raise No("already_over")
        found = [
            (other, each)
            for other in self.bookings
            for each in other.dates
            if each.slot == slot and unit in each.held and each.state == "confirmed"
        ]
        if not found or not self._can_swap(found[0][1]) or found[0][0].holder in (who, booking.holder):
            raise No("nothing_to_swap")
        other, theirs = found[0]
        both = [date, theirs]
        if set(date.wants) != set(theirs.wants) and not self._of_a_piece(booking, date):
            raise No("part_of_a_series")
        if set(date.wants) != set(theirs.wants) and not self._of_a_piece(other, theirs):
            raise No("nothing_to_swap")
        self._propose(
            Proposal("swap", who, other.holder, booking, _mark(both), self._expiry(both), date, other, theirs)
        )

    def answer(self, who: str, proposal: Proposal, yes: bool) -> None:
        if who != proposal.to:
            raise No("not_found")
        if proposal.state != "open" or proposal.expires <= self.now:
            raise No("proposal_is_over")
        if not yes:
            proposal.state = "declined"
        elif proposal.kind == "hand_over":
            self._take_over(who, proposal)
        else:
            self._exchange(who, proposal)

    def take_back(self, who: str, proposal: Proposal) -> None:
        if who != proposal.sender:
            raise No("not_found")
        if proposal.state != "open" or proposal.expires <= self.now:
            raise No("proposal_is_over")
        proposal.state = "withdrawn"

    def _take_over(self, who: str, proposal: Proposal) -> None:
        booking = proposal.booking
        coming = self._coming(booking)
        if _mark(coming) != proposal.mark:
            raise No("changed_since_proposed")
        codes = {code for date in coming for code in self._against(booking.wants, date.slot, coming)}
        if codes:
            raise No(*codes)
        before = [date.state for date in coming]
        if booking.member != PEOPLE[who].member and _bases(booking.wants):
            for date in coming:
                date.state = "waiting"
            booking.asked = self._asking(booking.wants, booking.dates)
        if booking.requester == booking.holder or booking.member != PEOPLE[who].member:
            booking.requester = who
        booking.holder, booking.member = who, PEOPLE[who].member
        booking.version += 1
        proposal.state = "accepted"
        self.touched += [("booking.hand_over", was, date.state) for was, date in zip(before, coming, strict=True)]

    def _exchange(self, who: str, proposal: Proposal) -> None:
        pairs = ((proposal.booking, proposal.date), (proposal.other, proposal.theirs))
        dates = [date for _, date in pairs]
        if not all(map(self._can_swap, dates)) or proposal.other.holder != who or _mark(dates) != proposal.mark:
            raise No("changed_since_proposed")
        one, other = dates
        if set(one.wants) != set(other.wants) and not all(self._of_a_piece(*pair) for pair in pairs):
            raise No("changed_since_proposed")
        one.slot, other.slot = other.slot, one.slot
        one.wants, other.wants = other.wants, one.wants
        for booking, date in pairs:
            booking.version += 1
            date.held = date.wants
            if _bases(date.wants):
                date.state = "waiting"
                booking.asked = self._asking(date.wants, booking.dates)
            self.touched.append(("booking.swap", "confirmed", date.state))
        proposal.state = "accepted"

    def _propose(self, proposal: Proposal) -> None:
        self.proposals.append(proposal)

    def _of_a_piece(self, booking: Booking, date: Date) -> bool:
        others = [each for each in booking.dates if each is not date]
        return not any(each.state == "waiting" or each in self._not_ended(booking) for each in others)

    def _can_swap(self, date: Date) -> bool:
        return date.state == "confirmed" and self.starts[date.slot] > self.now

    def _coming(self, booking: Booking) -> list[Date]:
        return [date for date in booking.dates if date.state in OPEN and self.starts[date.slot] > self.now]

    def _expiry(self, dates: list[Date]) -> datetime:
        return min([self.now + timedelta(days=3), *(self.starts[date.slot] for date in dates)])

    # ── who may ──

    def sees(self, who: str, booking: Booking) -> bool:
        person = PEOPLE[who]
        bases = {UNITS[name].base for name in booking.wants}
        return (
            who in (booking.holder, booking.requester)
            or ("member_admin" in person.roles and person.member == booking.member)
            or not bases.isdisjoint(person.keeps)
            or "administrator" in person.roles
        )

    def may_decide(self, who: str, booking: Booking) -> set[str]:
        """The bases for which somebody may answer, were it not her own."""
        person = PEOPLE[who]
        return set(booking.asked) if "administrator" in person.roles else set(booking.asked).intersection(person.keeps)

    def _to_change(self, who: str, booking: Booking, stale: bool, deed: str) -> None:
        if not self.sees(who, booking):
            raise No("not_found")
        if stale:
            raise No("changed_meanwhile")
        if not self._not_ended(booking):
            raise No("already_over")
        if deed == "pass_on" and not self._may_pass_on(who, booking):
            raise No("not_allowed")
        if deed != "cancel" and booking.is_offer:
            raise No("answer_first")

    def _may_pass_on(self, who: str, booking: Booking) -> bool:
        person = PEOPLE[who]
        is_own = who in (booking.holder, booking.requester) or "administrator" in person.roles
        return is_own or ("member_admin" in person.roles and person.member == booking.member)

    def _to_decide(self, who: str, booking: Booking, stale: bool) -> set[str]:
        if not self.sees(who, booking):
            raise No("not_found")
        if booking.state != "waiting" or not booking.asked:
            raise No("not_waiting")
        if stale:
            raise No("changed_meanwhile")
        mine = self.may_decide(who, booking)
        if not mine:
            raise No("not_allowed")
        if who in (booking.holder, booking.requester):
            raise No("approves_own")
        return mine

    def _to_answer(self, who: str, booking: Booking) -> None:
        if booking.offer.standby.person != who:
            raise No("not_found")
        if not booking.is_offer or booking.offer.expires <= self.now:
            raise No("offer_is_over")

    def is_going_on(self, booking: Booking) -> bool:
        return bool(self._not_ended(booking))

    # ── what becomes of it ──

    def _change(self, booking: Booking, slots: dict[Date, int], wants: tuple[str, ...]) -> None:
        same = set(wants) == set(booking.wants)
        freed = self._freed(list(slots))
        for date, slot in slots.items():
            before = date.state
            stays = same and slot == date.slot and before == "confirmed"
            date.state = "waiting" if _bases(wants) and not stays else "confirmed"
            date.slot, date.wants, date.held = slot, wants, _holding(wants, date.state)
            self.touched.append(("booking.change", before, date.state))
        booking.version += 1
        if any(date.state == "waiting" for date in slots):
            booking.asked = self._asking(wants, booking.dates)
        elif all(date.state != "waiting" for date in booking.dates):
            booking.asked = {}
        self._serve(freed)

    def _end(self, booking: Booking, dates: list[Date], state: str, deed: str, before: str = "") -> None:
        freed = self._freed(dates)
        self.touched.extend((deed, before or date.state, state) for date in dates)
        for date in dates:
            date.state, date.held = state, ()
        booking.version += 1
        if all(date.state != "waiting" for date in booking.dates):
            booking.asked = {}
        self._serve(freed)

    def _freed(self, dates: list[Date]) -> list[tuple[str, int]]:
        return [(UNITS[name].base, date.slot) for date in dates for name in date.held]

    def _serve(self, freed: list[tuple[str, int]]) -> None:
        bases, slots = {base for base, _ in freed}, {slot for _, slot in freed if self.starts[slot] + HOUR > self.now}
        for standby in self._open_line() if slots else ():
            if any(UNITS[name].base in bases for name in standby.wants) and standby.slot in slots:
                self._offer(standby)

    def _open_line(self) -> list[Standby]:
        return sorted((each for each in self.line if each.state == "open"), key=lambda standby: standby.rank)

    def _offer(self, standby: Standby) -> None:
        if standby.passed or not self._fits(standby.wants, standby.slot):
            return
        start = self.starts[standby.slot]
        expires = self.now + min(HOLD, (start - self.now) / 2)
        if expires - self.now < timedelta(minutes=15):
            return
        standby.state = "offered"
        wants = standby.wants
        booking = Booking(
            standby.person,
            standby.person,
            PEOPLE[standby.person].member,
            [Date(standby.slot, wants, "waiting", wants)],
            offer=Offer(standby, expires),
        )
        self.bookings.append(booking)
        self.offers.append(booking)
        self.touched.append(("waiting.offer", "", "offered"))

    def _answer(self, booking: Booking, answer: str, state: str) -> None:
        booking.offer.state = answer
        booking.offer.standby.state = state
        booking.offer.standby.passed = True

    def _fits(self, wants: tuple[str, ...], slot: int) -> bool:
        return self.starts[slot] >= self.now and not any(self._taken(name, slot) for name in wants)

    def _not_ended(self, booking: Booking) -> list[Date]:
        return [date for date in booking.dates if date.state in OPEN and self.end(date) > self.now]

    def _against(self, wants: tuple[str, ...], slot: int, own: list[Date] = (), *, past: bool = False) -> set[str]:
        codes = {"overlaps"} if any(self._taken(name, slot, own) for name in wants) else set()
        if not past and self.starts[slot] < self.now:
            codes.add("in_the_past")
        return codes

    def _taken(self, name: str, slot: int, own: list[Date] = ()) -> bool:
        return any(
            date.slot == slot and name in date.held
            for booking in self.bookings
            for date in booking.dates
            if date not in own
        )


def _bases(wants: tuple[str, ...]) -> set[str]:
    return {UNITS[name].base for name in wants if UNITS[name].asks}


def _consents(wants: tuple[str, ...], base: str) -> bool:
    """Whether silence at this base is consent."""
    return all(UNITS[name].silence_grants for name in wants if UNITS[name].asks and UNITS[name].base == base)


def _holding(wants: tuple[str, ...], state: str) -> tuple[str, ...]:
    return tuple(name for name in wants if state != "waiting" or UNITS[name].holds)


def _mark(dates: list[Date]) -> list[tuple]:
    return [(id(date), date.slot, date.state, date.wants) for date in dates]
