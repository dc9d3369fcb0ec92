"""Agreements, on a page: which organisation may use what whose, by which paper, with which guarantor, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.consortium.actions import agreements as actions
from app.consortium.rules.membership import KeptMember
from app.consortium.rules.permission import may
from app.consortium.rules.qualification import LATEST_DAY, LONGEST_NUMBER, Agreement, AgreementForm
from app.consortium.rules.scope import scope
from app.consortium.store import agreements as store
from app.consortium.store import members as member_store
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import named
from app.entrypoints.web.attempts import attempt, pressed
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.listing import asked_word, shown_version
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY

STANDINGS = ("in_force", "to_come", "over", "any")


class AgreementFields(FlaskForm):
    """An agreement as it is filed."""

    member = SelectField(lazy_gettext("Who uses"), [InputRequired()], validate_choice=False)
    with_member = SelectField(lazy_gettext("What belongs to"), [Optional()], validate_choice=False)
    number = StringField(lazy_gettext("Number of the agreement"), [InputRequired(), Length(max=LONGEST_NUMBER)])
    guarantor = SelectField(
        lazy_gettext("Guarantor"),
        [Optional()],
        validate_choice=False,
        description=lazy_gettext("The member that stands surety for an organisation from outside."),
    )
    from_on = DateField(lazy_gettext("From"), [InputRequired()])
    until_on = DateField(
        lazy_gettext("Last day"), [Optional()], description=lazy_gettext("Empty: until further notice.")
    )

    def offer(self, members: Sequence[KeptMember]) -> None:
        """Organisations to choose from; those from outside are marked."""
        choices = [(str(each.id), _label(each)) for each in members]
        insiders = [(str(each.id), _label(each)) for each in members if not each.is_outside]
        self.member.choices = choices
        self.with_member.choices = [("", gettext("Any member")), *insiders]
        self.guarantor.choices = [("", gettext("Nobody")), *insiders]

    def content(self) -> AgreementForm:
        last: date | None = self.until_on.data
        return AgreementForm(
            member_id=id_from_text(self.member.data or "") or 0,
            with_member_id=_chosen(self.with_member.data),
            number=self.number.data or "",
            guarantor_id=_chosen(self.guarantor.data),
            from_on=self.from_on.data or date.min,
            until_on=min(last, LATEST_DAY - DAY) + DAY if last else None,
        )


def _chosen(text: str | None) -> int | None:
    """None for nobody; what is no organisation is 0, which no organisation has."""
    return (id_from_text(text) or 0) if text else None


def _label(member: KeptMember) -> str:
    return gettext("%(name)s (outside)", name=named(member)) if member.is_outside else named(member)


@web.get("/admin/agreements")
@gate.needs("agreement.see")
def agreements() -> Response | tuple[str, int]:
    """The agreements this office may see."""
    return _show(AgreementFields(formdata=None, from_on=clock.today()), [], 200)


@web.post("/admin/agreements")
@gate.needs("agreement.change")
def file_agreement() -> Response | tuple[str, int]:
    form = AgreementFields()
    if not form.validate_on_submit():
        return _show(form, [], 422)
    who, now, content = actor(), clock.now(), form.content()
    reasons, status = attempt(lambda: actions.file(who, content, now=now))
    if reasons:
        return _show(form, reasons, status)
    flash(gettext("The agreement is on file."), "done")
    return redirect("/admin/agreements", 303)


@web.post("/admin/agreements/<id:agreement_id>/end")
@gate.needs("agreement.change")
def end_agreement(agreement_id: int) -> Response:
    """End one: today is the last day."""
    who, now, version = actor(), clock.now(), shown_version()
    why, until_on = request.form.get("why", ""), clock.today() + DAY
    return pressed(
        lambda: actions.end(who, agreement_id, version, until_on, why, now=now),
        gettext("The agreement ends today."),
        "/admin/agreements",
    )


def _show(form: AgreementFields, reasons: Sequence[str], status: int) -> Response | tuple[str, int]:
    who, today = actor(), clock.today()
    seen = scope(who, "agreement.see")
    ids = None if seen.everything else seen.member_ids | {member_id for member_id, _ in seen.owner_side}
    standing = asked_word("standing", STANDINGS, default="in_force")
    found = store.agreements(ids, standing, today)
    members = {each.id: each for each in member_store.members(today=today)}
    if (chosen := exports.wanted()) and request.method == "GET":
        return _as_file(chosen, found, members)
    form.offer([each for each in members.values() if each.belongs(today)])
    return page(
        "consortium/agreements.html",
        status,
        rows=found,
        members=members,
        label=_label,
        form=form,
        reasons=reasons,
        standing=standing,
        today=today,
        may_change=may(who, "agreement.change"),
    )


def _as_file(chosen: str, found: Sequence[Agreement], members: dict[int, Any]) -> Response:
    head = [gettext("Number of the agreement"), gettext("Who uses"), gettext("What belongs to"), gettext("Guarantor")]
    rows = (
        (
            each.number,
            named(members[each.member_id]),
            named(members[each.with_member_id]) if each.with_member_id else gettext("Any member"),
            named(members[each.guarantor_id]) if each.guarantor_id else "",
            each.from_on,
            each.last,
        )
        for each in found
    )
    return exports.as_file(chosen, gettext("Agreements"), [*head, gettext("From"), gettext("Last day")], rows)
