"""Bases, labs and units as the consortium's people see them: looking for them, and the page of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, request
from flask_babel import gettext

from app.catalogue.rules.form import SHARINGS
from app.catalogue.rules.ownership import Stake
from app.catalogue.rules.standing import Standing
from app.catalogue.rules.unit import BASE_KINDS, UNIT_KINDS, Thing
from app.catalogue.store import browsing, places, shares
from app.catalogue.store.narrowing import Wanted
from app.consortium.rules.membership import KeptMember
from app.consortium.rules.permission import may
from app.consortium.store import members as member_store
from app.entrypoints import clock, exports, formats, gate
from app.entrypoints.formats import day_text, is_chinese, named
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.catalogue import words
from app.foundation.identifiers import id_from_text
from app.timetable.store import faults
from app.timetable.store import hours as timetable

PAGE_ROWS = 40
BASES, UNITS = "bases", "units"


def show(template: str, /, status: int = 200, **values: Any) -> tuple[str, int]:
    """A page with the catalogue's words at hand."""
    return page(template, status, words=words, formats=formats, named=named, **values)


# ── looking ──


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, and how it was asked for."""

    show: str
    wanted: Wanted
    sort: str
    page: int
    pages: int
    total: int
    lines: Sequence[Any]


@web.get("/bases")
@gate.needs("catalogue.see")
def bases() -> Response | tuple[str, int]:
    """Every base, or every unit, that fits the filters."""
    chosen = exports.wanted()
    listing = find(asked_for(), everything=chosen is not None)
    if chosen:
        return taken_along(chosen, listing)
    members = member_store.members(today=clock.today())
    return show(
        "catalogue/bases.html",
        listing=listing,
        members=members,
        by_id={member.id: member for member in members},
        may_add=may(actor(), "catalogue.add"),
        may_exchange=may(actor(), "catalogue.exchange"),
    )


def asked_for(*, public_only: bool = False) -> Wanted:
    """The filters of the address; what is no filter narrows nothing."""
    sent = request.args

    def one_of(name: str, known: Sequence[str]) -> str:
        value = sent.get(name, "")
        return value if value in known else ""

    return Wanted(
        text=sent.get("text", "").strip()[:100],
        kind=one_of("kind", BASE_KINDS),
        unit_kind=one_of("unit_kind", UNIT_KINDS),
        sharing=one_of("sharing", SHARINGS),
        member_id=id_from_text(sent.get("member", "")),
        base_id=id_from_text(sent.get("base", "")),
        gone_too=sent.get("gone") == "1" and not public_only,
        public_only=public_only,
    )


def find(wanted: Wanted, *, everything: bool = False) -> Listing:
    """The page of the list that the address asks for, or all of it; two queries."""
    show = UNITS if request.args.get("show") == UNITS else BASES
    sort, today = request.args.get("sort", "name")[:20], clock.today()
    total = browsing.count_units(wanted, today) if show == UNITS else browsing.count_bases(wanted, today)
    pages = max(1, -(-total // PAGE_ROWS))
    number = min(id_from_text(request.args.get("page", "")) or 1, pages)
    limit, offset = (100_000, 0) if everything else (PAGE_ROWS, (number - 1) * PAGE_ROWS)
    reading = browsing.units if show == UNITS else browsing.bases
    lines = reading(wanted, today, sort, limit, offset, chinese=is_chinese())
    return Listing(show, wanted, sort, number, pages, total, lines)


def taken_along(chosen: str, listing: Listing) -> Response:
    """What the list shows, as a file."""
    label = words.fields()
    if listing.show == UNITS:
        head = [label["code"], label["name_zh"], label["name_en"], label["kind"], label["capacity"], label["sharing"]]
        head += [label["model"], label["manufacturer"], gettext("Lab"), label["place"], gettext("Base")]
        kinds, sharings = words.unit_kinds(), words.sharings()
        rows = [
            (
                *(u.code, u.name_zh, u.name_en, kinds[u.kind], u.capacity, sharings[u.sharing]),
                *(u.model, u.manufacturer, named(u.lab), u.place, named(u.base)),
            )
            for u in listing.lines
        ]
        return exports.as_file(chosen, gettext("Units"), head, rows)
    head = [label["code"], label["name_zh"], label["name_en"], gettext("Kind of base"), label["address"]]
    head += [gettext("Labs"), gettext("Units")]
    kinds = words.base_kinds()
    lines = [[b.code, b.name_zh, b.name_en, kinds[b.kind], b.address, b.labs, b.units] for b in listing.lines]
    return exports.as_file(chosen, gettext("Bases"), head, lines)


# ── one of them ──


@web.get("/bases/<id:base_id>")
@gate.needs("catalogue.see")
def base(base_id: int) -> tuple[str, int]:
    kept = or_404(places.find_base(base_id))
    labs = browsing.labs(base_id, clock.today(), gone_too=request.args.get("gone") == "1")
    return show(
        "catalogue/base.html",
        base=kept,
        labs=labs,
        hours=hours(base_id),
        **whose(Thing("base", base_id)),
    )


@web.get("/labs/<id:lab_id>")
@gate.needs("catalogue.see")
def lab(lab_id: int) -> tuple[str, int]:
    kept = or_404(places.find_lab(lab_id))
    of_base = or_404(places.find_base(kept.base_id))
    wanted = Wanted(gone_too=request.args.get("gone") == "1")
    units = browsing.units(wanted, clock.today(), "code", chinese=is_chinese(), lab_id=lab_id)
    return show(
        "catalogue/lab.html",
        lab=kept,
        base=of_base,
        room=next((unit for unit in units if unit.kind == "room"), None),
        units=[unit for unit in units if unit.kind != "room"],
        hours=hours(of_base.id, lab_id),
        **whose(Thing("lab", lab_id)),
    )


@web.get("/units/<id:unit_id>")
@gate.needs("catalogue.see")
def unit(unit_id: int) -> tuple[str, int]:
    kept = or_404(places.find_unit(unit_id))
    of_lab, of_base = or_404(places.find_lab(kept.lab_id)), or_404(places.find_base(kept.base_id))
    return show(
        "catalogue/unit.html",
        unit=kept,
        lab=of_lab,
        base=of_base,
        hours=hours(of_base.id, of_lab.id),
        faults=faults.open_of([unit_id]).get(unit_id, []),
        **whose(Thing("unit", unit_id)),
    )


def hours(base_id: int, lab_id: int | None = None) -> list[tuple[str, str]]:
    """Opening hours as lines: a lab's own before its base's; none at all means always open."""
    found = timetable.openings([base_id], [lab_id] if lab_id else [])
    return words.hours_lines(found.get(("lab", lab_id or 0)) or found.get(("base", base_id)) or ())


@dataclass(frozen=True, slots=True)
class OwnersThen:
    """Who owns a thing on the days [from_on, until_on)."""

    from_on: date
    until_on: date | None
    stakes: tuple[Stake, ...]

    @property
    def title(self) -> str:
        if self.until_on is None:
            return gettext("Since %(day)s", day=day_text(self.from_on))
        return gettext("%(start)s until %(end)s", start=day_text(self.from_on), end=day_text(self.until_on))


def whose(thing: Thing) -> Mapping[str, Any]:
    """What a page says about owners and parties, and what the person may do there."""
    standing, today, who = or_404(shares.standing(thing)), clock.today(), actor()
    members = member_store.names(sorted(standing.member_ids()))
    placement = standing.placement(today)
    return {
        "standing": standing,
        "today": today,
        "owners": standing.owners(today),
        "owners_over_time": owners_over_time(standing, today),
        "parties": party_lines(standing, members),
        "members": members,
        "may_change": may(who, "catalogue.change", placement),
        "may_add": may(who, "catalogue.add", placement),
        "may_share": may(who, "catalogue.share", standing.placement_of_owners(today)),
        "may_close": may(who, "closure.change", placement),
        "may_set_chains": may(who, "chain.change", placement),
    }


def owners_over_time(standing: Standing, today: date) -> list[OwnersThen]:
    """The stretches of days with the same owners, the latest first; from the level that owns the thing today."""
    level = standing.owned_at(today)
    if level is None:
        return []
    stakes = standing.stakes[level]
    days = sorted({stake.from_on for stake in stakes} | {stake.until_on for stake in stakes if stake.until_on})
    found = []
    for start, end in zip(days, [*days[1:], None], strict=True):
        there = tuple(stake for stake in stakes if stake.holds(start))
        if there:
            found.append(OwnersThen(start, end, tuple(sorted(there, key=lambda stake: -stake.share))))
    return found[::-1]


def party_lines(standing: Standing, members: Mapping[int, KeptMember]) -> list[tuple[str, str]]:
    """Host, operator and keeping member in words; where the thing takes one from above it, that is said."""
    labels, own = words.parts(), standing.own_parties[standing.thing]
    lines = []
    for part, member_id in standing.parties().items():
        name = named(members[member_id]) if member_id in members else ""
        if len(standing.line) > 1 and part in own:
            name = gettext("%(member)s (of its own)", member=name)
        lines.append((labels[part], name))
    return lines
