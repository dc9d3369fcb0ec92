"""One person: invited, her words, links to a password, offices given and ended, her account closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, EmailField, HiddenField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Length, Optional

from app.catalogue.store import belongings
from app.consortium.actions import entry
from app.consortium.actions import people as actions
from app.consortium.rules.membership import (
    OfficeForm,
    PersonForm,
    as_changed_by,
    as_seen_by,
    deed_to_appoint,
    held_together,
    of_member,
)
from app.consortium.rules.office import BASE_ROLES, ROLES
from app.consortium.rules.permission import may
from app.consortium.rules.scope import scope
from app.consortium.store import credentials, offices
from app.consortium.store import members as members_store
from app.consortium.store import people as store
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import named
from app.entrypoints.web.attempts import tried
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.listing import shown_version
from app.entrypoints.web.people.directory import members_by_id
from app.entrypoints.web.titles import account_state, role_title
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import NotAllowed, NotFound, Refused

SHOWN_AS_ERROR = frozenset({"missing", "busy", "forbidden"})
"""What is missing or not allowed here is an error page."""


class OfficeFields(FlaskForm):
    """An office: role, for whom, where, from when until when."""

    role = SelectField(lazy_gettext("Office"), [InputRequired()])
    member = SelectField(lazy_gettext("For"), [InputRequired()])
    base = SelectField(
        lazy_gettext("Only for this base"),
        [Optional()],
        description=lazy_gettext(
            "For heads of bases and keepers; without it the office covers every base of the member."
        ),
    )
    from_on = DateField(lazy_gettext("From"), [InputRequired()])
    until_on = DateField(
        lazy_gettext("Last day"), [Optional()], description=lazy_gettext("Empty: until further notice.")
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        who, today = actor(), clock.today()
        members = [each for each in members_store.current(today) if may(who, "appointment.change", of_member(each.id))]
        self.member.choices = [(str(each.id), f"{named(each)} ({each.code})") for each in members]
        wide = any(may(who, "appointment.change_wide", of_member(each.id)) for each in members[:1])
        given = [
            each for each in ROLES if any(may(who, deed_to_appoint(each), of_member(one.id)) for one in members[:1])
        ]
        self.role.choices = [(each, role_title(each)) for each in given]
        bases = belongings.base_names()
        if not wide:
            own = {base for each in members for base in belongings.parts_by_base(each.id, today)}
            bases = {base_id: base for base_id, base in bases.items() if base_id in own}
        self.base.choices = [("", gettext("Every base of the member"))]
        self.base.choices += [(str(base.id), named(base)) for base in bases.values()]

    def office(self) -> OfficeForm:
        last: date | None = self.until_on.data
        latest = date(2999, 12, 31)
        return OfficeForm(
            self.role.data or "",
            id_from_text(self.member.data or "") or 0,
            id_from_text(self.base.data or ""),
            self.from_on.data or date.min,
            min(last, latest) + timedelta(days=1) if last else None,
        )


class PersonFields(FlaskForm):
    """A person; no more than is needed to reach her."""

    name = StringField(lazy_gettext("Full name"), [InputRequired(), Length(max=80)])
    email = EmailField(
        lazy_gettext("E-mail"),
        [InputRequired(), Length(max=200)],
        description=lazy_gettext("Used for signing in."),
    )
    phone = TelField(lazy_gettext("Telephone"), [Optional(), Length(max=40)])
    version = HiddenField()

    def content(self) -> PersonForm:
        return PersonForm(self.email.data or "", self.name.data or "", self.phone.data or "")


class InvitationForm(OfficeFields, PersonFields):
    """A person and her first office."""

    locale = SelectField(lazy_gettext("Language of messages"), choices=[("zh", "中文"), ("en", "English")])


@web.route("/admin/people/new", methods=["GET", "POST"])
@gate.needs("person.invite")
def invite() -> Response | tuple[str, int]:
    """Invite a person; the link to her password is shown once, to be handed over."""
    form, reasons = InvitationForm(role="booker", member=request.args.get("member"), from_on=clock.today()), []
    if form.validate_on_submit():
        who, now, link = actor(), clock.now(), entry.new_secret()
        content, office, locale = form.content(), form.office(), form.locale.data or "zh"
        try:
            invited = transaction(lambda: actions.invite(who, content, office, link=link, locale=locale, now=now))
        except Refused as refused:
            reasons = wording.sentences(refused.reasons)
        else:
            _warn_of_offices(invited.person_id)
            if invited.is_new:
                return _show_link(invited.person_id, content.name, link)
            flash(gettext("This person has an account already and now holds the office; no link is needed."), "done")
            return redirect(f"/admin/people/{invited.person_id}")
    status = 422 if form.is_submitted() else 200
    return page("consortium/invite.html", status, form=form, reasons=reasons, base_roles=BASE_ROLES)


@web.get("/admin/people/<id:person_id>")
@gate.needs("person.see")
def person(person_id: int) -> tuple[str, int]:
    """One person: her account, her offices, and what can be done."""
    return _person_page(person_id)


def _person_page(
    person_id: int,
    status: int = 200,
    form: FlaskForm | None = None,
    office_form: OfficeFields | None = None,
    reasons: list[str] | None = None,
) -> tuple[str, int]:
    who, now, today = actor(), clock.now(), clock.today()
    kept = store.find(person_id)
    held = offices.offices_of([person_id])[person_id]
    kept = or_404(kept if kept and may(who, "person.see", as_seen_by(person_id, held, who.member_id)) else None)
    seen = scope(who, "person.see")
    standing = as_changed_by(person_id, held, who.member_id, today)
    return page(
        "consortium/person.html",
        status,
        person_kept=kept,
        held=[office for office in held if seen.everything or office.member_id in seen.member_ids],
        ended_by_her={
            office.id
            for office in held
            if not office.is_over(today)
            and person_id != who.person_id
            and may(who, deed_to_appoint(office.role), of_member(office.member_id))
        },
        members=members_by_id(),
        bases=belongings.base_names(),
        form=form or PersonFields(obj=kept),
        office_form=office_form or OfficeFields(role="booker", from_on=today),
        reasons=reasons or [],
        link_until=credentials.open_link_until(person_id, now),
        account_state=account_state(kept),
        role_title=role_title,
        named=named,
        today=today,
        one_day=timedelta(days=1),
        may_change=may(who, "person.change", standing),
        may_disable=may(who, "person.disable", standing) and person_id != who.person_id,
        may_appoint=may(who, "appointment.change"),
    )


@web.post("/admin/people/<id:person_id>/edit")
@gate.needs("person.change")
def edit_person(person_id: int) -> Response | tuple[str, int]:
    """Change what is written about a person."""
    form, reasons = PersonFields(), []
    _let_only(person_id, "person.change")
    if form.validate_on_submit():
        who, now, content = actor(), clock.now(), form.content()
        version = shown_version()
        reasons = tried(lambda: actions.change(who, person_id, version, content, now), SHOWN_AS_ERROR)
        if not reasons:
            flash(gettext("Saved."), "done")
            return redirect(f"/admin/people/{person_id}")
    return _person_page(person_id, 422, form=form, reasons=reasons)


@web.post("/admin/people/<id:person_id>/link")
@gate.needs("person.change")
def make_link(person_id: int) -> Response | tuple[str, int]:
    """A new single-use link to a password, shown once."""
    who, now, link = actor(), clock.now(), entry.new_secret()
    reasons = tried(lambda: actions.make_link(who, person_id, link=link, now=now), SHOWN_AS_ERROR)
    if reasons:
        return _person_page(person_id, 409, reasons=reasons)
    kept = or_404(store.find(person_id))
    return _show_link(person_id, kept.name, link)


@web.post("/admin/people/<id:person_id>/disable")
@gate.needs("person.disable")
def disable_person(person_id: int) -> Response | tuple[str, int]:
    """Close an account at once."""
    who, now = actor(), clock.now()
    reasons = tried(lambda: actions.disable(who, person_id, now), SHOWN_AS_ERROR)
    if reasons:
        return _person_page(person_id, 409, reasons=reasons)
    flash(gettext("Closed. Devices, tokens and calendar addresses open nothing any more."), "done")
    return redirect(f"/admin/people/{person_id}")


@web.post("/admin/people/<id:person_id>/enable")
@gate.needs("person.disable")
def enable_person(person_id: int) -> Response | tuple[str, int]:
    """Open a closed account again."""
    who, now = actor(), clock.now()
    reasons = tried(lambda: actions.enable(who, person_id, now), SHOWN_AS_ERROR)
    if reasons:
        return _person_page(person_id, 409, reasons=reasons)
    flash(gettext("Open again. Old devices and tokens stay shut."), "done")
    return redirect(f"/admin/people/{person_id}")


@web.post("/admin/people/<id:person_id>/appointments")
@gate.needs("appointment.change")
def appoint(person_id: int) -> Response | tuple[str, int]:
    """Give a person an office."""
    form, reasons = OfficeFields(), []
    _let_only(person_id, "person.see")
    if form.validate_on_submit():
        who, now, office = actor(), clock.now(), form.office()
        reasons = tried(lambda: actions.appoint(who, person_id, office, now), SHOWN_AS_ERROR)
        if not reasons:
            flash(gettext("The office is given."), "done")
            _warn_of_offices(person_id)
            return redirect(f"/admin/people/{person_id}")
    return _person_page(person_id, 422, office_form=form, reasons=reasons)


@web.post("/admin/appointments/<id:office_id>/end")
@gate.needs("appointment.change")
def end_office(office_id: int) -> Response:
    """End an office today."""
    who, now = actor(), clock.now()
    person_id = transaction(lambda: actions.end_office(who, office_id, now))
    flash(gettext("The office has ended."), "done")
    return redirect(f"/admin/people/{person_id}")


def _let_only(person_id: int, deed: str) -> None:
    """Not found where this person is out of sight, not allowed where she may be seen but this is not to be done."""
    who, held = actor(), offices.offices_of([person_id])[person_id]
    if store.find(person_id) is None or not may(who, "person.see", as_seen_by(person_id, held, who.member_id)):
        raise Refused(NotFound())
    if deed != "person.see" and not may(who, deed, as_changed_by(person_id, held, who.member_id, clock.today())):
        raise Refused(NotAllowed(deed))


def _show_link(person_id: int, name: str, link: str) -> tuple[str, int]:
    public = request.host_url.rstrip("/")
    address = public + url_for("web.invitation", link=link)
    return page("consortium/link.html", person_id=person_id, name=name, address=address)


def _warn_of_offices(person_id: int) -> None:
    today = clock.today()
    roles = [office.role for office in offices.offices_of([person_id])[person_id] if not office.is_over(today)]
    if held_together(roles):
        flash(
            gettext(
                "Administrator, security administrator and auditor should be three people; here one holds two of these."
            ),
            "waiting",
        )
