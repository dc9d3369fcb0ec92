"""The member organisations: their list, one's own page, joining, changing and leaving."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, redirect
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.booking.store import outlook
from app.catalogue.store import belongings
from app.consortium.actions import members as actions
from app.consortium.rules.membership import KeptMember, MemberForm, of_member
from app.consortium.rules.permission import may
from app.consortium.store import members as store
from app.consortium.store import offices
from app.database import transaction
from app.entrypoints import clock, exports, gate, wording
from app.entrypoints.formats import named
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.listing import asked_sort, asked_word, shown_version
from app.entrypoints.web.titles import kind_choices, kind_title, role_title
from app.foundation.refusal import Refused
from app.foundation.timespan import local_midnight


class MemberPage(FlaskForm):
    """A member organisation."""

    code = StringField(
        lazy_gettext("Code"),
        [InputRequired(), Length(max=40)],
        description=lazy_gettext("Short and unique, such as JZY; programs and import files use it."),
    )
    kind = SelectField(lazy_gettext("Kind"), [InputRequired()])
    name_zh = StringField(lazy_gettext("Chinese name"), [InputRequired(), Length(max=120)])
    name_en = StringField(lazy_gettext("English name"), [InputRequired(), Length(max=160)])
    joined_on = DateField(lazy_gettext("Joined on"), [InputRequired()])
    is_outside = BooleanField(
        lazy_gettext("From outside the consortium"),
        description=lazy_gettext("On the register without being a member; books under an agreement."),
    )
    version = HiddenField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = kind_choices()
        self._stays = bool(getattr(values.get("obj"), "is_outside", False))
        if not may(actor(), "member.add"):
            del self.is_outside

    def content(self) -> MemberForm:
        return MemberForm(
            self.code.data or "",
            self.kind.data or "",
            self.name_zh.data or "",
            self.name_en.data or "",
            self.joined_on.data or date.min,
            self.is_outside.data if self.is_outside is not None else self._stays,
        )


@web.get("/admin/members")
@gate.needs("member.see")
def members() -> Response | tuple[str, int]:
    """Every member organisation, to filter, sort and take along."""
    today = clock.today()
    found = store.members(
        asked_word("text"),
        asked_word("kind", [kind for kind, _ in kind_choices()]),
        asked_word("standing", ("in", "out")),
        asked_sort(store.SORTS, "code"),
        today=today,
    )
    counts = offices.counts_by_member(today)
    chosen = exports.wanted()
    if chosen:
        head = [gettext("Code"), gettext("Kind"), gettext("Chinese name"), gettext("English name")]
        head += [gettext("Joined on"), gettext("Left on"), gettext("People")]
        rows = (
            (
                each.code,
                kind_title(each.kind),
                each.name_zh,
                each.name_en,
                each.joined_on,
                each.left_on,
                counts.get(each.id, 0),
            )
            for each in found
        )
        return exports.as_file(chosen, gettext("Members"), head, rows)
    return page(
        "consortium/members.html",
        members=found,
        counts=counts,
        kinds=kind_choices(),
        kind_title=kind_title,
        named=named,
        today=today,
        may_add=may(actor(), "member.add"),
    )


@web.route("/admin/members/new", methods=["GET", "POST"])
@gate.needs("member.add")
def new_member() -> Response | tuple[str, int]:
    """Add a member organisation."""
    form, reasons = MemberPage(), []
    if form.validate_on_submit():
        who, now, content = actor(), clock.now(), form.content()
        try:
            member_id = transaction(lambda: actions.add(who, content, now))
        except Refused as refused:
            reasons = wording.sentences(refused.reasons)
        else:
            flash(gettext("Added. Now invite its administrator."), "done")
            return redirect(f"/admin/members/{member_id}")
    status = 422 if form.is_submitted() else 200
    return page("consortium/member_form.html", status, form=form, reasons=reasons, member=None)


@web.get("/admin/members/<id:member_id>")
@gate.needs("member.see")
def member(member_id: int) -> tuple[str, int]:
    """One member organisation: what it is, its people in office, the bases it has to do with."""
    kept = or_404(store.find(member_id))
    who, today = actor(), clock.today()
    parts = belongings.parts_by_base(member_id, today)
    sees_people = may(who, "person.see", of_member(member_id))
    holders = offices.holders(offices.WantedOffices(today, (member_id,), sort="role"), 200) if sees_people else []
    return page(
        "consortium/member.html",
        member=kept,
        holders=holders,
        parts=parts,
        bases=belongings.base_names(parts),
        people=offices.counts_by_member(today).get(member_id, 0),
        kind_title=kind_title,
        role_title=role_title,
        part_title=_part_title,
        named=named,
        today=today,
        sees_people=sees_people,
        may_change=may(who, "member.change", of_member(member_id)),
        may_leave=may(who, "member.leave", of_member(member_id)),
        may_invite=may(who, "person.invite", of_member(member_id)),
    )


@web.route("/admin/members/<id:member_id>/edit", methods=["GET", "POST"])
@gate.needs("member.change")
def edit_member(member_id: int) -> Response | tuple[str, int]:
    """Change what is written about a member."""
    kept = or_404(store.find(member_id))
    form, reasons = MemberPage(obj=kept), []
    if not may(actor(), "member.change", of_member(member_id)):
        abort(403)
    if form.validate_on_submit():
        who, now, content = actor(), clock.now(), form.content()
        version = shown_version()
        try:
            transaction(lambda: actions.change(who, member_id, version, content, now))
        except Refused as refused:
            reasons = wording.sentences(refused.reasons)
        else:
            flash(gettext("Saved."), "done")
            return redirect(f"/admin/members/{member_id}")
    status = 422 if form.is_submitted() else 200
    return page("consortium/member_form.html", status, form=form, reasons=reasons, member=kept)


class LeavingForm(FlaskForm):
    """The first day on which the member is no longer part of the consortium."""

    left_on = DateField(
        lazy_gettext("First day outside"),
        [InputRequired()],
        description=lazy_gettext(
            "Until the day before, everything works as usual; from this day on nobody acts for it."
        ),
    )
    version = HiddenField()


@web.route("/admin/members/<id:member_id>/leave", methods=["GET", "POST"])
@gate.needs("member.leave")
def member_leaves(member_id: int) -> Response | tuple[str, int]:
    """Note that a member leaves, after seeing what is still to be resolved."""
    kept = or_404(store.find(member_id))
    form, reasons = LeavingForm(obj=kept), []
    if form.validate_on_submit():
        reasons = _leave(kept, form.left_on.data)
        if not reasons:
            flash(gettext("Noted: it leaves on %(day)s.", day=form.left_on.data), "done")
            return redirect(f"/admin/members/{member_id}")
    today = clock.today()
    since = max(form.left_on.data or today, kept.joined_on)
    parts = belongings.parts_by_base(member_id, today)
    return page(
        "consortium/member_leave.html",
        422 if form.is_submitted() else 200,
        form=form,
        reasons=reasons,
        member=kept,
        named=named,
        since=since,
        dates_to_come=outlook.dates_to_come(member_id, local_midnight(since)),
        people=offices.counts_by_member(today).get(member_id, 0),
        parts=parts,
        bases=belongings.base_names(parts),
        part_title=_part_title,
    )


@web.post("/admin/members/<id:member_id>/stay")
@gate.needs("member.leave")
def member_stays(member_id: int) -> Response:
    """Take a leaving back."""
    kept = or_404(store.find(member_id))
    if reasons := _leave(kept, None):
        for reason in reasons:
            flash(reason, "problem")
    else:
        flash(gettext("The leaving is taken back."), "done")
    return redirect(f"/admin/members/{member_id}")


def _leave(kept: KeptMember, left_on: date | None) -> list[str]:
    who, now, version = actor(), clock.now(), shown_version()
    try:
        transaction(lambda: actions.leave(who, kept.id, version, left_on, now))
    except Refused as refused:
        return wording.sentences(refused.reasons)
    return []


def _part_title(part: str) -> str:
    titles = {
        "host": gettext("Host"),
        "operator": gettext("Operator"),
        "keeper": gettext("Keeping member"),
        "owner": gettext("Owner"),
    }
    return titles[part]
