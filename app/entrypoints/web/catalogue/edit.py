"""Adding, changing, sharing out and retiring what the catalogue holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app.booking.actions import reshaping
from app.catalogue.actions import parties as parties_actions
from app.catalogue.actions import places as places_actions
from app.catalogue.actions import units as units_actions
from app.catalogue.rules.form import Form
from app.catalogue.rules.ownership import PARTS
from app.catalogue.rules.standing import Standing
from app.catalogue.rules.unit import Thing
from app.catalogue.store import belongings, places, shares
from app.consortium.rules.permission import may
from app.consortium.store import members as member_store
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.formats import named
from app.entrypoints.web.blueprint import actor, or_404, web
from app.entrypoints.web.catalogue.forms import (
    BaseEntry,
    LabEntry,
    NewBaseEntry,
    Stakes,
    UnitEntry,
    WordedForm,
    unit_values,
)
from app.entrypoints.web.catalogue.pages import show
from app.entrypoints.wording import sentences
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, Refused

PATHS = {"base": "/bases", "lab": "/labs", "unit": "/units"}
Answer = AnyResponse | tuple[str, int]


# ── adding ──


@web.route("/bases/add", methods=["GET", "POST"])
@gate.needs("catalogue.add")
def add_base() -> Answer:
    who = actor()
    form = NewBaseEntry(
        member_choices(),
        host=str(who.member_id),
        operator=str(who.member_id),
        keeper=str(who.member_id),
        is_public=True,
    )
    reasons: list[str] = []
    if form.validate_on_submit():
        try:
            base_id = transaction(lambda: places_actions.add_base(who, form.written(), form.parties(), now=clock.now()))
        except Refused as refused:
            reasons = form.show(refused.reasons)
        else:
            return done(Thing("base", base_id), gettext("The base is in the catalogue. Its labs come next."))
    known = belongings.campuses()
    return show("catalogue/base_form.html", status_of(), form=form, reasons=reasons, base=None, campuses=known)


@web.route("/bases/<id:base_id>/labs/add", methods=["GET", "POST"])
@gate.needs("catalogue.add")
def add_lab(base_id: int) -> Answer:
    base = or_404(places.find_base(base_id))
    require_shown("catalogue.add", Thing("base", base_id))
    form, who = LabEntry(), actor()
    reasons: list[str] = []
    if form.validate_on_submit():
        try:
            lab_id = transaction(lambda: places_actions.add_lab(who, base_id, form.written(), now=clock.now()))
        except Refused as refused:
            reasons = form.show(refused.reasons)
        else:
            return done(Thing("lab", lab_id), gettext("The lab can be booked as a whole from now on."))
    return show("catalogue/lab_form.html", status_of(), form=form, reasons=reasons, base=base, lab=None)


@web.route("/labs/<id:lab_id>/units/add", methods=["GET", "POST"])
@gate.needs("catalogue.add")
def add_unit(lab_id: int) -> Answer:
    lab = or_404(places.find_lab(lab_id))
    require_shown("catalogue.add", Thing("lab", lab_id))
    form = UnitEntry(
        kind="machine", capacity=1, setup_minutes=0, cleaning_minutes=0, holds_while_waiting=True, sharing="external"
    )
    who = actor()
    reasons: list[str] = []
    if form.validate_on_submit():
        try:
            unit_id = transaction(
                lambda: units_actions.add_unit(who, lab_id, form.written(), form.written_asset(), now=clock.now())
            )
        except Refused as refused:
            reasons = form.show(refused.reasons)
        else:
            return done(Thing("unit", unit_id), gettext("It can be booked from now on."))
    base = or_404(places.find_base(lab.base_id))
    return show("catalogue/unit_form.html", status_of(), form=form, reasons=reasons, lab=lab, base=base, unit=None)


# ── changing ──


@web.route("/bases/<id:base_id>/change", methods=["GET", "POST"])
@gate.needs("catalogue.change")
def change_base(base_id: int) -> Answer:
    kept = or_404(places.find_base(base_id))
    thing = Thing("base", base_id)
    require_shown("catalogue.change", thing)
    form, who = BaseEntry(member_choices(), obj=kept.form, version=kept.version), actor()
    reasons: list[str] = []
    stale: list[tuple[str, str]] = []
    if form.validate_on_submit():
        try:
            transaction(
                lambda: places_actions.change_base(who, base_id, form.stated_version, form.written(), now=clock.now())
            )
        except Refused as refused:
            reasons, stale = answer_refused(form, refused, (form.written(), kept.form))
        else:
            return done(thing, gettext("The base has been changed."))
    known = belongings.campuses()
    return show(
        "catalogue/base_form.html", status_of(), form=form, reasons=reasons, stale=stale, base=kept, campuses=known
    )


@web.route("/labs/<id:lab_id>/change", methods=["GET", "POST"])
@gate.needs("catalogue.change")
def change_lab(lab_id: int) -> Answer:
    kept = or_404(places.find_lab(lab_id))
    thing = Thing("lab", lab_id)
    require_shown("catalogue.change", thing)
    form, who = LabEntry(obj=kept.form, version=kept.version), actor()
    reasons: list[str] = []
    stale: list[tuple[str, str]] = []
    if form.validate_on_submit():
        try:
            transaction(
                lambda: places_actions.change_lab(who, lab_id, form.stated_version, form.written(), now=clock.now())
            )
        except Refused as refused:
            reasons, stale = answer_refused(form, refused, (form.written(), kept.form))
        else:
            return done(thing, gettext("The lab has been changed."))
    base = or_404(places.find_base(kept.base_id))
    return show("catalogue/lab_form.html", status_of(), form=form, reasons=reasons, stale=stale, lab=kept, base=base)


@web.route("/units/<id:unit_id>/change", methods=["GET", "POST"])
@gate.needs("catalogue.change")
def change_unit(unit_id: int) -> Answer:
    kept = or_404(places.find_unit(unit_id))
    thing = Thing("unit", unit_id)
    require_shown("catalogue.change", thing)
    values = unit_values(kept.form, kept.asset)
    form = UnitEntry(kind_already=kept.form.kind, data=values | {"version": kept.version})
    who = actor()
    reasons: list[str] = []
    stale: list[tuple[str, str]] = []
    if form.validate_on_submit():
        try:
            transaction(
                lambda: reshaping.change_unit(
                    who, unit_id, form.stated_version, form.written(), form.written_asset(), now=clock.now()
                )
            )
        except Refused as refused:
            reasons, stale = answer_refused(
                form, refused, (form.written(), kept.form), (form.written_asset(), kept.asset)
            )
        else:
            return done(thing, gettext("The unit has been changed."))
    lab, base = or_404(places.find_lab(kept.lab_id)), or_404(places.find_base(kept.base_id))
    values = {"form": form, "reasons": reasons, "stale": stale, "unit": kept, "lab": lab, "base": base}
    return show("catalogue/unit_form.html", status_of(), **values)


# ── owners and parties ──


@web.route("/bases/<id:thing_id>/owners", methods=["GET", "POST"], defaults={"kind": "base"})
@web.route("/labs/<id:thing_id>/owners", methods=["GET", "POST"], defaults={"kind": "lab"})
@web.route("/units/<id:thing_id>/owners", methods=["GET", "POST"], defaults={"kind": "unit"})
@gate.needs("catalogue.share")
def owners(kind: str, thing_id: int) -> Answer:
    """Owners with shares over time, host, operator and keeping member of a base, lab or unit."""
    thing = Thing(kind, thing_id)
    kept = or_404(FIND[kind](thing_id))
    standing, who, today = or_404(shares.standing(thing)), actor(), clock.today()
    if not may(who, "catalogue.share", standing.placement_of_owners(today)):
        raise Refused(NotAllowed("catalogue.share"))
    stakes, own = Stakes.of(standing.stakes[thing], today), dict(standing.own_parties[thing])
    version, reasons = kept.version, []
    form = WordedForm(version=version)
    if form.validate_on_submit():
        stakes = Stakes.typed(request.form)
        own = {part: id_from_text(request.form[part]) or 0 for part in PARTS if request.form.get(part)}
        reasons = stakes.problems
        if not reasons:
            try:
                transaction(
                    lambda: parties_actions.share_out(
                        who, thing, form.stated_version, stakes.stakes, own, now=clock.now()
                    )
                )
            except Refused as refused:
                reasons = sentences(refused.reasons)
                form.version.data = fresh_version(refused, form.version.data)
            else:
                return done(thing, gettext("Owners and parties have been changed."))
    members = member_store.members(today=today)
    values: dict[str, Any] = {"form": form, "reasons": reasons, "thing": thing, "kept": kept, "stakes": stakes}
    values |= {"own": own, "parties": inherited(standing), "all_members": members, "standing": standing}
    by_id = {member.id: member for member in members}
    values |= {"members": by_id, "owners": standing.owners(today), "today": today, "path": PATHS[kind]}
    return show("catalogue/owners.html", status_of(), **values)


def inherited(standing: Standing) -> dict[str, int]:
    """The parties that hold where a thing has none of its own."""
    above = Standing(standing.line[1:], standing.stakes, standing.own_parties) if standing.line[1:] else None
    return above.parties() if above else {}


# ── retiring ──


@web.route("/bases/<id:thing_id>/retire", methods=["POST"], defaults={"kind": "base"})
@web.route("/labs/<id:thing_id>/retire", methods=["POST"], defaults={"kind": "lab"})
@web.route("/units/<id:thing_id>/retire", methods=["POST"], defaults={"kind": "unit"})
@gate.needs("catalogue.change")
def retire(kind: str, thing_id: int) -> Answer:
    """Let a thing go from a day on, or have it back."""
    thing = Thing(kind, thing_id)
    kept = or_404(FIND[kind](thing_id))
    require_shown("catalogue.change", thing)
    who, back = actor(), request.form.get("back") == "1"
    try:
        day = None if back else clock.today().fromisoformat(request.form.get("day", ""))
    except ValueError:
        flash(gettext("Please say from which day on."), "problem")
        return redirect(f"{PATHS[kind]}/{thing_id}/change")
    version = id_from_text(request.form.get("version", "")) or 0
    try:
        transaction(lambda: reshaping.retire(who, thing, version, day, now=clock.now()))
    except Refused as refused:
        return show(
            "catalogue/held.html", 409, reasons=sentences(refused.reasons), thing=thing, kept=kept, path=PATHS[kind]
        )
    return done(thing, gettext("It is back in use.") if back else gettext("It has been retired."))


# ── what they share ──

FIND: dict[str, Callable[[int], Any]] = {
    "base": places.find_base,
    "lab": places.find_lab,
    "unit": places.find_unit,
}


def require_shown(deed: str, thing: Thing) -> None:
    """Refuse the form itself to whoever may not send it."""
    standing = or_404(shares.standing(thing))
    if not may(actor(), deed, standing.placement(clock.today())):
        raise Refused(NotAllowed(deed))


def member_choices() -> list[tuple[int, str]]:
    return [(member.id, named(member)) for member in member_store.current(clock.today())]


def done(thing: Thing, sentence: str) -> AnyResponse:
    flash(sentence, "done")
    return redirect(f"{PATHS[thing.kind]}/{thing.id}")


def status_of() -> int:
    """200 for a form that is shown, 422 for one that comes back."""
    return 200 if request.method == "GET" else 422


def answer_refused(
    form: WordedForm, refused: Refused, *pairs: tuple[Form, Form]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The sentences, and for a stale form what the thing says now; the form then carries the present version."""
    is_stale = any(isinstance(reason, ChangedMeanwhile) for reason in refused.reasons)
    form.version.data = fresh_version(refused, form.version.data)
    shown = form.show(refused.reasons)
    return shown, [line for mine, kept in pairs for line in form.stale_lines(mine, kept)] if is_stale else []


def fresh_version(refused: Refused, before: str | None) -> str:
    """The present version where the refusal tells of one: whoever sends the form again has seen what changed."""
    return next((str(r.version) for r in refused.reasons if isinstance(r, ChangedMeanwhile)), before or "")
