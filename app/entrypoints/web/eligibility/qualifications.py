"""Pages of qualifications: a base's authorisations, the people of an organisation, and one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.booking.store import looking
from app.booking.store.elsewhere import who_books_at
from app.booking.store.looking import UnitLine
from app.catalogue.actions import qualifying
from app.catalogue.rules.unit import Thing
from app.catalogue.store import places, shares
from app.consortium.actions.settings import settings_now
from app.consortium.rules.permission import may
from app.consortium.rules.qualification import LATEST_DAY, LONGEST_EVIDENCE, SORTS, STANDINGS, Grant, Reach
from app.consortium.rules.scope import scope
from app.consortium.store import members as member_store
from app.consortium.store import people as people_store
from app.consortium.store import qualifications as store
from app.consortium.store.qualifications import Line, Reached, Wanted
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import is_chinese, named
from app.entrypoints.web.attempts import attempt, pressed
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.eligibility.words import (
    SIGNS,
    organisations,
    place_names,
    sort_choices,
    standing_choices,
    standing_title,
)
from app.entrypoints.web.listing import MOST_EXPORTED, asked_sort, asked_word, listed, shown_version
from app.entrypoints.wording.eligibility import sort_name
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY

LONGEST_PASTED = 20_000
MOST_PICKED = 60
ROWS = 20
"""Of one page of the list: on a phone each is a card."""
LOOK_BACK = timedelta(days=180)


def _ticks(label: Any) -> SelectMultipleField:
    """Several of a list, each with a box to tick."""
    return SelectMultipleField(
        label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False
    )


class GrantForm(FlaskForm):
    """What is given, to whom, for which places, from when until when."""

    sort = SelectField(lazy_gettext("Kind"), [InputRequired()])
    emails = TextAreaField(
        lazy_gettext("E-mail addresses"),
        [Optional(), Length(max=LONGEST_PASTED)],
        description=lazy_gettext("One or many, as they stand in a mail or a sheet."),
    )
    people = _ticks(lazy_gettext("Or pick people"))
    places = _ticks(lazy_gettext("Valid where"))
    from_on = DateField(lazy_gettext("From"), [InputRequired()])
    until_on = DateField(
        lazy_gettext("Last day"), [Optional()], description=lazy_gettext("Empty: until further notice.")
    )
    score = IntegerField(
        lazy_gettext("Points"), [Optional()], description=lazy_gettext("Of the safety examination, out of 100.")
    )
    evidence = StringField(
        lazy_gettext("Evidence"),
        [Optional(), Length(max=LONGEST_EVIDENCE)],
        description=lazy_gettext("Number of the certificate, who trained; no more than is needed."),
    )

    def grant(self) -> Grant:
        last: date | None = self.until_on.data
        return Grant(
            sort=self.sort.data or "",
            person_ids=tuple(filter(None, (id_from_text(each) for each in self.people.data or ()))),
            reaches=tuple(filter(None, (_reach(each) for each in self.places.data or ()))),
            from_on=self.from_on.data or date.min,
            until_on=min(last, LATEST_DAY - DAY) + DAY if last else None,
            score=self.score.data,
            evidence=self.evidence.data or "",
        )


def _reach(text: str) -> Reach | None:
    kind, _, number = text.partition(":")
    if kind == "consortium":
        return Reach("consortium")
    found = id_from_text(number)
    return Reach(kind, found) if found is not None and kind in ("member", "base", "lab", "unit") else None


# ── at a base ──


@web.get("/bases/<id:base_id>/authorisations")
@gate.needs("qualification.give")
def authorisations(base_id: int) -> Response | tuple[str, int]:
    """Who is admitted, trained and authorised here until when."""
    _mine(base_id)
    return _show_base(base_id, _fresh_form(), [], 200)


@web.post("/bases/<id:base_id>/authorisations")
@gate.needs("qualification.give")
def authorise(base_id: int) -> Response | tuple[str, int]:
    """Give it to everybody named, or show everything that is wrong with it."""
    _mine(base_id)
    return _give(
        lambda form: _offer_base(form, base_id),
        f"/bases/{base_id}/authorisations",
        lambda *how: _show_base(base_id, *how),
    )


def _mine(base_id: int) -> None:
    """Who is not on the side of this base finds nothing here."""
    standing = or_404(shares.standing(Thing("base", base_id)))
    or_404(standing if may(actor(), "qualification.give", standing.placement(clock.today())) else None)


def _offer_base(form: GrantForm, base_id: int) -> None:
    form.sort.choices = sort_choices()
    form.people.choices = [
        (str(person_id), name)
        for person_id, name in who_books_at(base_id, clock.now() - LOOK_BACK, MOST_PICKED)
        if person_id != actor().person_id
    ]
    zh = is_chinese()
    form.places.choices = [(f"base:{base_id}", gettext("The whole base"))]
    for line in looking.unit_lines(clock.today(), base_id=base_id):
        lab = line.lab_name_zh if zh or not line.lab_name_en else line.lab_name_en
        whole = gettext("%(lab)s with all that is in it", lab=lab)
        form.places.choices.append((_choice_of(line), whole if line.kind == "room" else f"{lab} · {named(line)}"))


def _show_base(base_id: int, form: GrantForm, reasons: Sequence[str], status: int) -> Response | tuple[str, int]:
    base = or_404(places.find_base(base_id))
    lines = looking.unit_lines(clock.today(), base_id=base_id)
    _offer_base(form, base_id)
    chosen = request.args.get("place", "")
    narrowed = next((line for line in lines if chosen == _choice_of(line)), None)
    counted = lines if narrowed is None else [narrowed]
    units = places.unit_ids_in(Thing("base", base_id)) if narrowed is None else [narrowed.id]
    reached = Reached(
        {
            "base": frozenset({base_id}),
            "lab": frozenset(line.lab_id for line in counted),
            "unit": frozenset(units),
        }
    )
    crumbs = [(gettext("Bases and labs"), "/bases"), (named(base.form), f"/bases/{base_id}")]
    return _show(
        reached,
        form,
        reasons,
        status,
        crumbs=crumbs,
        here=f"/bases/{base_id}/authorisations",
        base_id=base_id,
        places=form.places.choices[1:],
        place=chosen if narrowed else "",
        single_units=[value for value, _ in form.places.choices if value.startswith("unit:")],
    )


def _choice_of(line: UnitLine) -> str:
    return f"lab:{line.lab_id}" if line.kind == "room" else f"unit:{line.id}"


# ── of an organisation, of everybody ──


@web.get("/admin/qualifications")
@gate.needs("person.invite")
def qualifications() -> Response | tuple[str, int]:
    """What the people of one's organisation, or everybody, is admitted, trained and authorised for."""
    return _show_all(_fresh_form(), [], 200)


@web.post("/admin/qualifications")
@gate.needs("person.invite")
def qualify() -> Response | tuple[str, int]:
    return _give(_offer_all, "/admin/qualifications", _show_all)


def _offer_all(form: GrantForm) -> None:
    who, today = actor(), clock.today()
    form.sort.choices = sort_choices()
    seen = scope(who, "person.see")
    found = people_store.people(seen, people_store.Wanted(member_id=who.member_id, state="open"), today, MOST_PICKED)
    form.people.choices = [(str(each.id), each.name) for each in found if each.id != who.person_id]
    everywhere = may(who, "qualification.give", qualifying.side_of(Reach("consortium"), clock.now()))
    form.places.choices = [("consortium", gettext("The whole consortium"))] if everywhere else []
    for member in member_store.current(today):
        if may(who, "qualification.give", qualifying.side_of(Reach("member", member.id), clock.now())):
            words = gettext("Wherever %(member)s is host, runs or keeps", member=named(member))
            form.places.choices.append((f"member:{member.id}", words))


def _show_all(form: GrantForm, reasons: Sequence[str], status: int) -> Response | tuple[str, int]:
    seen = scope(actor(), "qualification.see")
    reached = Reached() if seen.everything else Reached({}, None, seen.member_ids)
    _offer_all(form)
    crumbs = [(gettext("Administration"), "/admin")]
    here: dict[str, Any] = {"here": "/admin/qualifications", "base_id": None, "place": "", "single_units": []}
    return _show(reached, form, reasons, status, crumbs=crumbs, **here)


# ── one's own ──


@web.get("/account/qualifications")
@gate.needs("qualification.see")
def my_qualifications() -> Response | tuple[str, int]:
    """What I am admitted, trained and authorised for, and until when."""
    who, today = actor(), clock.today()
    held = qualifying.of_person(who, who.person_id, clock.now())
    soon = today + settings_now()["eligibility.remind_days"] * DAY + DAY
    names = place_names(each.reach for each in held)
    order = {each: n for n, each in enumerate(("ending", "valid", "to_come", "over", "revoked"))}
    rows = [Line(each, who.name) for each in sorted(held, key=lambda one: order[one.standing(today, soon)])]
    if chosen := exports.wanted():
        return _as_file(chosen, gettext("My qualifications"), rows, today, soon)
    return page(
        "consortium/my_qualifications.html",
        rows=rows,
        names=names,
        today=today,
        soon=soon,
        sort_name=sort_name,
        standing_title=standing_title,
        signs=SIGNS,
    )


# ── taking back ──


@web.post("/qualifications/<id:qualification_id>/revoke")
@gate.needs("qualification.revoke")
def take_back_qualification(qualification_id: int) -> Response:
    """Take one back at once, with a reason."""
    who, now, version = actor(), clock.now(), shown_version()
    why = request.form.get("why", "")
    base_id = id_from_text(request.form.get("base", ""))
    onward = f"/bases/{base_id}/authorisations" if base_id else "/admin/qualifications"
    return pressed(
        lambda: qualifying.revoke(who, qualification_id, version, why, now=now), gettext("Taken back."), onward
    )


# ── shared by the lists ──


def _fresh_form() -> GrantForm:
    today, months = clock.today(), settings_now()["eligibility.months"]
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    last = date(year, month + 1, min(today.day, 28)) - DAY
    return GrantForm(formdata=None, sort="authorisation", from_on=today, until_on=last)


def _give(offer: Callable[[GrantForm], None], onward: str, show: Callable[..., Any]) -> Any:
    form = GrantForm()
    offer(form)
    if not form.validate_on_submit():
        return show(form, [], 422)
    who, now, grant = actor(), clock.now(), form.grant()
    emails = qualifying.read_emails(form.emails.data or "")
    reasons, status = attempt(lambda: qualifying.give(who, grant, emails, now=now))
    if reasons:
        return show(form, reasons, status)
    flash(gettext("Given. Everybody concerned is told."), "done")
    return redirect(onward, 303)


def _show(
    reached: Reached, form: GrantForm, reasons: Sequence[str], status: int, **more: Any
) -> Response | tuple[str, int]:
    today = clock.today()
    soon = today + settings_now()["eligibility.remind_days"] * DAY + DAY
    wanted = Wanted(
        today,
        soon,
        text=asked_word("text"),
        sort=asked_word("kind", SORTS),
        standing=asked_word("standing", STANDINGS),
        order=asked_sort(store.ORDERS, "until_on"),
    )
    if (chosen := exports.wanted()) and request.method == "GET":
        return _as_file(chosen, gettext("Qualifications"), store.lines(reached, wanted, MOST_EXPORTED), today, soon)
    shown = listed(
        store.count(reached, wanted), lambda limit, offset: store.lines(reached, wanted, limit, offset), ROWS
    )
    who, now = actor(), clock.now()
    reaches = {each.kept.reach for each in shown.rows}
    mine = {reach: may(who, "qualification.revoke", qualifying.side_of_known(reach, now)) for reach in reaches}
    return page(
        "consortium/qualifications.html",
        status,
        shown=shown,
        names=place_names(reaches),
        houses=organisations(each.kept.person_id for each in shown.rows),
        mine=mine,
        form=form,
        reasons=reasons,
        today=today,
        soon=soon,
        is_narrowed=bool(wanted.text or wanted.sort or wanted.standing or more["place"]),
        is_giving=request.method == "POST" or "give" in request.args,
        sorts=sort_choices(),
        standings=standing_choices(),
        sort_name=sort_name,
        standing_title=standing_title,
        signs=SIGNS,
        **more,
    )


def _as_file(chosen: str, title: str, lines: Sequence[Line], today: date, soon: date) -> Response:
    names = place_names(each.kept.reach for each in lines)
    houses = organisations(each.kept.person_id for each in lines)
    head = [gettext("Full name"), gettext("Member"), gettext("Kind"), gettext("Valid where"), gettext("From")]
    head += [
        gettext("Last day"),
        gettext("Standing"),
        gettext("Points"),
        gettext("Evidence"),
        gettext("Why taken back"),
    ]
    rows = (
        (
            each.name,
            houses[each.kept.person_id],
            sort_name(each.kept.sort),
            names[each.kept.reach],
            each.kept.from_on,
            each.kept.last,
            standing_title(each.kept.standing(today, soon)),
            each.kept.score,
            each.kept.evidence,
            each.kept.why,
        )
        for each in lines
    )
    return exports.as_file(chosen, title, head, rows)
