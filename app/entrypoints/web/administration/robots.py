"""Group robots, for an administrator: which groups are told what; their addresses are kept and never shown again."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.booking.store.listing import base_names, bases
from app.consortium.actions import messages as actions
from app.consortium.rules.scope import Scope
from app.database import transaction
from app.entrypoints import clock, exports, gate, wording
from app.entrypoints.formats import moment_text, named
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.listing import shown_version
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused
from app.outbox.rules.letter import KINDS
from app.outbox.rules.robot import FORMS, LONGEST_NAME, LONGEST_SECRET, LONGEST_URL, KeptRobot, RobotForm
from app.outbox.store import robots as store


def form_title(form: str) -> str:
    return {
        "wecom": gettext("WeCom"),
        "dingtalk": gettext("DingTalk"),
        "feishu": gettext("Feishu"),
    }[form]


def kind_title(kind: str) -> str:
    return {
        "request": gettext("Requests that wait for an answer"),
        "answer": gettext("Answers to requests"),
        "change": gettext("Changes and cancellations by a keeper"),
        "own": gettext("New bookings, requests, and changes by their own people"),
        "other": gettext("Everything else"),
    }[kind]


class RobotSheet(FlaskForm):
    """A group robot."""

    name = StringField(lazy_gettext("Name"), [InputRequired(), Length(max=LONGEST_NAME)])
    form = SelectField(lazy_gettext("Kind of group"), [InputRequired()])
    url = PasswordField(lazy_gettext("Address of the robot"), [Length(max=LONGEST_URL)])
    secret = PasswordField(lazy_gettext("Signing secret"), [Length(max=LONGEST_SECRET)])
    base = SelectField(lazy_gettext("Only what concerns"))
    kinds = SelectMultipleField(
        lazy_gettext("What it is told"),
        [InputRequired()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    locale = SelectField(lazy_gettext("Language of messages"), choices=[("zh", "中文"), ("en", "English")])
    version = HiddenField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.form.choices = [(form, form_title(form)) for form in FORMS]
        self.base.choices = [
            ("", gettext("Every base")),
            *((str(base.id), named(base)) for base in bases(Scope(everything=True))),
        ]
        self.kinds.choices = [(kind, kind_title(kind)) for kind in KINDS]

    @classmethod
    def of(cls, robot: KeptRobot) -> RobotSheet:
        told = robot.told
        return cls(
            name=told.name,
            form=told.form,
            base=str(told.base_id or ""),
            kinds=list(told.kinds),
            locale=told.locale,
            version=robot.version,
        )

    def is_new(self) -> RobotSheet:
        """Of a new robot the address must be told."""
        self.url.validators = [InputRequired(), *self.url.validators]
        self.url.flags.required = True
        return self

    def told(self) -> RobotForm:
        return RobotForm(
            self.name.data or "",
            self.form.data or "",
            self.url.data or "",
            self.secret.data or "",
            id_from_text(self.base.data or ""),
            tuple(self.kinds.data or ()),
            self.locale.data or "",
        )


@web.get("/admin/webhooks")
@gate.needs("robot.change")
def robots() -> Response | tuple[str, int]:
    """The groups that are told things."""
    kept = store.living()
    names = {key: named(base) for key, base in base_names([r.told.base_id for r in kept if r.told.base_id]).items()}
    if chosen := exports.wanted():
        head = [gettext("Name"), gettext("Kind of group"), gettext("Where"), gettext("Only what concerns")]
        head += [gettext("What it is told"), gettext("Since")]
        rows = (
            (
                robot.told.name,
                form_title(robot.told.form),
                robot.told.host,
                names.get(robot.told.base_id or 0, gettext("Every base")),
                gettext(", ").join(map(kind_title, robot.told.kinds)),
                robot.made_at,
            )
            for robot in kept
        )
        return exports.as_file(chosen, gettext("Group robots"), head, rows)
    return page(
        "outbox/robots.html",
        robots=kept,
        bases=names,
        hosts=current_app.config["ROBOT_HOSTS"],
        form_title=form_title,
        kind_title=kind_title,
        moment_text=moment_text,
    )


@web.route("/admin/webhooks/new", methods=["GET", "POST"])
@gate.needs("robot.change")
def new_robot() -> Response | tuple[str, int]:
    """Add a robot."""
    form, reasons = RobotSheet(kinds=list(KINDS)).is_new(), []
    if form.validate_on_submit():
        who, now, told = actor(), clock.now(), form.told()
        try:
            transaction(lambda: actions.add_robot(who, told, current_app.config["ROBOT_HOSTS"], now))
        except Refused as refused:
            reasons = wording.sentences(refused.reasons)
        else:
            flash(gettext("The group is told from now on. Try it, so that everybody there sees it work."), "done")
            return redirect("/admin/webhooks")
    return _sheet(form, reasons, None)


@web.route("/admin/webhooks/<id:robot_id>", methods=["GET", "POST"])
@gate.needs("robot.change")
def edit_robot(robot_id: int) -> Response | tuple[str, int]:
    """Change a robot; its address and secret stay unless new ones are given."""
    kept = or_404(store.find(robot_id))
    form, reasons = RobotSheet.of(kept), []
    if form.validate_on_submit():
        who, now, told, version = actor(), clock.now(), form.told(), shown_version()
        hosts = current_app.config["ROBOT_HOSTS"]
        try:
            transaction(lambda: actions.change_robot(who, robot_id, version, told, hosts, now))
        except Refused as refused:
            reasons = wording.sentences(refused.reasons)
        else:
            flash(gettext("Saved."), "done")
            return redirect("/admin/webhooks")
    return _sheet(form, reasons, kept)


def _sheet(form: RobotSheet, reasons: list[str], kept: KeptRobot | None) -> tuple[str, int]:
    hosts = gettext(", ").join(current_app.config["ROBOT_HOSTS"])
    return page(
        "outbox/robot.html", 422 if form.is_submitted() else 200, form=form, reasons=reasons, kept=kept, hosts=hosts
    )


@web.post("/admin/webhooks/<id:robot_id>/try")
@gate.needs("robot.change")
def try_robot(robot_id: int) -> Response:
    """Let a robot say that it works."""
    who, now = actor(), clock.now()
    transaction(lambda: actions.try_robot(who, robot_id, now))
    flash(gettext("A trial message is on its way; whether it arrived stands under Messages."), "done")
    return redirect("/admin/webhooks")


@web.post("/admin/webhooks/<id:robot_id>/end")
@gate.needs("robot.change")
def end_robot(robot_id: int) -> Response:
    """Tell a group nothing any more."""
    who, now, version = actor(), clock.now(), shown_version()
    transaction(lambda: actions.end_robot(who, robot_id, version, now))
    flash(gettext("The group is told nothing any more, and its address is forgotten."), "done")
    return redirect("/admin/webhooks")
