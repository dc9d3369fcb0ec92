"""Days off and make-up days: what an organisation decided of single days, with a look at what that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, Length, Optional

from app.booking.store.ringing import dates_in_periods
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, moment_text, named
from app.entrypoints.web.attempts import attempt, status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.calendar import words as calendar_words
from app.entrypoints.web.calendar.editing import CalendarForm, member_names, only_whose_calendar_it_is
from app.entrypoints.web.calendar.notice import notices
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Invalid, Refused
from app.foundation.timespan import DAY, day_span
from app.timetable.actions import days as actions
from app.timetable.actions.record import may_set_calendar
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import OFF, ON, DayRule, RuleForm, reasons_against_rule
from app.timetable.rules.preview import Doubt, Given, changes, doubts_about
from app.timetable.rules.term import MOST_WEEKS
from app.timetable.store import days as store
from app.timetable.store import terms as term_store
from app.timetable.store.calendar import calendar as calendar_of

Answer = tuple[str, int] | Response
MOST_LISTED = 50
TAUGHT, MAKE_UP = "taught", "make_up"
"""What the form calls an `on` day without and with another day's timetable."""


class DayPage(CalendarForm):
    """A decision about a day. The lost day is given as a date, or as week and weekday: each fills the other."""

    day = DateField(lazy_gettext("Date"), [InputRequired()])
    what = RadioField(lazy_gettext("What happens"), [InputRequired()])
    stands_for = DateField(
        lazy_gettext("The lost day"),
        [Optional()],
        description=lazy_gettext("Whose timetable is given; or name its week and weekday."),
    )
    week = IntegerField(lazy_gettext("Week"), [Optional()])
    weekday = SelectField(lazy_gettext("Weekday"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name_en.validators = [Optional(), Length(max=80)]
        self.name_en.flags.required = False
        self.what.flags.required = True
        self.weekday.flags.required = True
        self.what.choices = [
            (OFF, gettext("Nothing is taught")),
            (TAUGHT, gettext("Taught as that day's own timetable says, although it is a holiday")),
            (MAKE_UP, gettext("Make-up day: another day's timetable is given")),
        ]
        self.weekday.choices = [("", "—"), *((str(n), name) for n, name in calendar_words.weekdays().items())]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a decision before it is kept."""

    lines: tuple[str, ...]
    doubts: tuple[str, ...]
    booked: int
    bookings: tuple[dict[str, str], ...]
    seen: str
    """What was looked at; keeping something else shows it first again."""


@web.get("/admin/days")
@gate.needs("calendar.change")
def days() -> tuple[str, int]:
    names, today, every_term = member_names(), clock.today(), term_store.terms()
    groups: dict[int | None, dict[str, Any]] = {}
    for rule in sorted(store.rules(), key=lambda each: (each.member_id is not None, each.member_id or 0, each.day)):
        calendar = Calendar(rule.member_id, every_term)
        group = groups.setdefault(
            rule.member_id,
            {"whose": names.get(rule.member_id, gettext("The whole consortium")), "coming": [], "over": []},
        )
        row = {
            "id": rule.id,
            "may": may_set_calendar(actor(), rule.member_id),
            "day": day_text(rule.day, calendar.terms, rule.member_id),
            "name": named(rule),
            "what": _in_words(rule, calendar),
            "kind": rule.kind,
        }
        group["over" if rule.day < today else "coming"].append(row)
    first, last = today, today + 180 * DAY
    return page("timetable/days.html", groups=list(groups.values()), notices=notices(store.days(None), first, last))


def _in_words(rule: DayRule, calendar: Calendar) -> str:
    if rule.kind == OFF:
        return gettext("Nothing is taught")
    if rule.makes_up is None:
        return gettext("Taught by its own timetable")
    return gettext(
        "Runs the timetable of %(week)s, %(lost)s",
        week=calendar_words.week_and_weekday(calendar, rule.makes_up),
        lost=day_text(rule.makes_up),
    )


@web.get("/admin/days/new")
@gate.needs("calendar.change")
def new_day() -> tuple[str, int]:
    """An empty decision; `day` and `lost` in the address fill it."""
    form = DayPage(formdata=None, what=MAKE_UP, day=_day("day"), stands_for=_day("lost"), weekday="")
    form.offer(None, fixed=False)
    return _show(form, None, [], 200)


@web.post("/admin/days/new")
@gate.needs("calendar.change")
def add_day() -> Answer:
    return _keep(None)


@web.get("/admin/days/<id:rule_id>")
@gate.needs("calendar.change")
def day_rule(rule_id: int) -> tuple[str, int]:
    kept = _get(rule_id)
    lost = kept.makes_up
    calendar = calendar_of(kept.member_id)
    week = calendar.week_of(lost) if lost else None
    form = DayPage(
        formdata=None,
        whose=str(kept.member_id or ""),
        name_zh=kept.name_zh,
        name_en=kept.name_en,
        day=kept.day,
        what=OFF if kept.kind == OFF else MAKE_UP if lost else TAUGHT,
        stands_for=lost,
        week=week,
        weekday=str(lost.isoweekday()) if lost and week else "",
        version=str(kept.version),
    )
    form.offer(kept.member_id, fixed=True)
    return _show(form, kept, [], 200)


@web.post("/admin/days/<id:rule_id>")
@gate.needs("calendar.change")
def change_day(rule_id: int) -> Answer:
    return _keep(_get(rule_id))


@web.post("/admin/days/<id:rule_id>/remove")
@gate.needs("calendar.change")
def remove_day(rule_id: int) -> Response:
    who, now, version = actor(), clock.now(), id_from_text(request.form.get("version", "")) or 0
    reasons, _ = attempt(lambda: actions.remove_rule(who, rule_id, version, now=now))
    for sentence in reasons:
        flash(sentence, "problem")
    if not reasons:
        flash(gettext("The decision is taken back."), "done")
    return redirect("/admin/days", 303)


def _get(rule_id: int) -> DayRule:
    kept = or_404(next((each for each in store.rules() if each.id == rule_id), None))
    only_whose_calendar_it_is(kept.member_id)
    return kept


def _keep(kept: DayRule | None) -> Answer:
    """Look first: what was not yet shown as it stands is shown, and only then kept."""
    form = DayPage()
    form.offer(kept.member_id if kept else None, fixed=kept is not None)
    if not form.validate_on_submit():
        return _show(form, kept, [], 422)
    calendar = calendar_of(form.member_id)
    content, problem = _content(form, calendar)
    if problem is not None:
        return _show(form, kept, wording.sentences([problem]), 422)
    who, now = actor(), clock.now()
    others = [rule for rule in store.rules() if kept is None or rule.id != kept.id]
    if reasons := reasons_against_rule(content, others):
        return _show(form, kept, wording.sentences(reasons), status_of(reasons))
    if request.form.get("seen") != seen_mark(content):
        return _show(form, kept, [], 200, _preview(content, kept, calendar))
    try:
        rule_id = kept.id if kept else None
        transaction(lambda: actions.set_rule(who, rule_id, form.stated_version, content, now=now))
    except Refused as refused:
        return _show(form, kept, wording.sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("%(day)s is kept.", day=day_text(content.day) if content.day else ""), "done")
    return redirect("/admin/days", 303)


def _content(form: DayPage, calendar: Calendar) -> tuple[RuleForm, Invalid | None]:
    """What the form says; the lost day from its date or from week and weekday, each then filled from the other."""
    lost: date | None = form.stands_for.data
    kind = OFF if form.what.data == OFF else ON
    content = RuleForm(
        form.member_id, form.day.data, kind, (form.name_zh.data or "").strip(), (form.name_en.data or "").strip(), None
    )
    if form.what.data != MAKE_UP or content.day is None:
        return content, None
    week, weekday = form.week.data, form.weekday.data
    if week is not None and weekday:
        term = calendar.term_near(lost or content.day)
        if term is None:
            return content, Invalid("week", "no_term")
        if not 1 <= week <= min(term.weeks, MOST_WEEKS):
            return content, Invalid("week", "outside_term")
        by_week = term.day(week, int(weekday))
        if lost is not None and lost != by_week:
            return content, Invalid("stands_for", "other_date")
        lost = by_week
    if lost is None:
        return content, Invalid("stands_for", "missing")
    form.stands_for.raw_data = form.week.raw_data = None  # what was typed gives way to what it means
    form.stands_for.data = lost
    form.week.data = calendar.week_of(lost)
    form.weekday.data = str(lost.isoweekday()) if form.week.data else ""
    return replace(content, stands_for=lost), None


def seen_mark(content: RuleForm) -> str:
    """What of a decision is looked at before it is kept."""
    return f"{content.member_id or ''}|{content.day}|{content.kind}|{content.stands_for or ''}"


def _preview(content: RuleForm, kept: DayRule | None, calendar: Calendar) -> Shown:
    from_rules = [rule for rule in store.rules(content.member_id) if kept is None or rule.id != kept.id]
    without = replace(calendar, days=store.days_with(content.member_id, from_rules))
    day = content.day or clock.today()
    wanted = DayRule(
        kept.id if kept else 0,
        0,
        content.member_id,
        day,
        content.kind,
        content.name_zh,
        content.name_en,
        content.stands_for,
    )
    after = replace(calendar, days=store.days_with(content.member_id, [*from_rules, wanted]))
    about = [day, *([content.stands_for] if content.stands_for else [])]
    touched = [
        each for one in sorted(set(about)) for each in dates_in_periods(clock.now(), content.member_id, day_span(one))
    ]
    return Shown(
        lines=tuple(_change_text(was, will, calendar) for was, will in changes(without, after, about)),
        doubts=tuple(_doubt_text(doubt) for doubt in doubts_about(content, without)),
        booked=len(touched),
        bookings=tuple(
            {
                "url": f"/bookings/{each.booking_id}",
                "message": moment_text(each.span.start) + " " + gettext("periods %(p)s", p=each.periods),
            }
            for each in touched[:MOST_LISTED]
        ),
        seen=seen_mark(content),
    )


def _change_text(was: Given, will: Given, calendar: Calendar) -> str:
    return gettext(
        "%(day)s: %(before)s → %(after)s",
        day=day_text(will.day, calendar.terms, calendar.member_id),
        before=_given_text(was, calendar),
        after=_given_text(will, calendar),
    )


def _given_text(given: Given, calendar: Calendar) -> str:
    if given.runs is None:
        return gettext("nothing is taught")
    if given.runs == given.day:
        return gettext("its own timetable")
    return gettext("the timetable of %(week)s", week=calendar_words.week_and_weekday(calendar, given.runs))


def _doubt_text(doubt: Doubt) -> str:
    day = day_text(doubt.day)
    name = named(doubt.block) if doubt.block else ""
    texts = {
        "ordinary": gettext("%(day)s is an ordinary teaching day: nothing was lost there. Is it meant?", day=day),
        "own_falls_out": gettext("%(day)s is an ordinary teaching day; its own timetable falls out.", day=day),
        "lost_outside": gettext("%(day)s lies outside every term: nothing would be given.", day=day),
        "day_outside": gettext("%(day)s lies outside the term of the lost day: nothing would be given.", day=day),
        "block": gettext("%(day)s lies in marked weeks without a normal timetable: %(name)s.", day=day, name=name),
        "of_no_effect": gettext("Nothing is taught on %(day)s anyway.", day=day),
    }
    return texts[doubt.code]


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1980 <= day.year <= 2200 else None


def _show(
    form: FlaskForm, kept: DayRule | None, reasons: list[str], status: int, shown: Shown | None = None
) -> tuple[str, int]:
    return page("timetable/day.html", status, form=form, rule=kept, reasons=reasons, shown=shown)
