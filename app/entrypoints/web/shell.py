"""The shell of every page: who is here, where one can go, the language, whom one acts for, and what is said on errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import flask_login
from flask import Response, abort, current_app, flash, g, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.globals import request_ctx
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from app.booking.actions.listing import waiting_count
from app.consortium.actions import entry
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import POLICY, may_enter
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, moment_text, named
from app.entrypoints.web.blueprint import web
from app.entrypoints.wording.language import LOCALE_COOKIE, LOCALES, chosen_locale
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused
from app.foundation.timespan import local_day
from app.outbox.store import messages

ONE_YEAR = 365 * 24 * 3600
RETRY_SECONDS = 3


# ── who is here ──


@dataclass(frozen=True, slots=True)
class Visitor(flask_login.UserMixin):
    """The signed-in person as Flask-Login's `current_user`; what she may do is asked of the gate and the policy."""

    actor: Actor

    def get_id(self) -> str:
        return str(self.actor.person_id)


login = flask_login.LoginManager()
login.session_protection = None


@login.request_loader
def _visitor(_request: Any) -> Visitor | None:
    who = gate.actor()
    return Visitor(who) if who.is_signed_in else None


@web.record_once
def _set_up(state: BlueprintSetupState) -> None:
    """Flask-Login reads our own sign-in row; its cookies, which would outlive a sign-out, are never set or read."""
    state.app.config["REMEMBER_COOKIE_NAME"] = "gongfang-not-used"
    state.app.config["WTF_CSRF_TIME_LIMIT"] = None
    login.init_app(state.app)


# ── where one can go ──


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    url: str
    label: str
    icon: str
    current: bool
    count: int | None = None


def _places() -> list[tuple[str, str, str, str]]:
    """Address, words, icon and the deed that opens it; in the order in which they are shown."""
    return [
        ("/", gettext("Today"), "home", "home.see"),
        ("/book", gettext("Book"), "book", "grid.see"),
        ("/mine", gettext("My bookings"), "mine", "booking.see"),
        ("/inbox", gettext("To decide"), "inbox", "inbox.see"),
        ("/today", gettext("Who comes"), "people", "presence.keep"),
        ("/notices", gettext("Notices"), "mail", "notice.see"),
        ("/bases", gettext("Bases and labs"), "bases", "catalogue.see"),
        ("/admin", gettext("Administration"), "admin", "administration.see"),
    ]


def navigation() -> list[Place]:
    """Where this person can go; a place she may not enter is not shown."""
    who = gate.actor()
    if not who.appointments:
        return []
    open_to_her = [place for place in _places() if may_enter(who, place[3]) and exists(place[0])]
    here = max((url for url, *_ in open_to_her if _is_under(request.path, url)), key=len, default="")
    return [
        Place(url, label, icon, url == here, COUNTED[url](who) if url in COUNTED else None)
        for url, label, icon, _ in open_to_her
    ]


def _unread(who: Actor) -> int:
    return messages.count_unread(who.person_id, clock.now() - messages.SHOWN_FOR)


COUNTED = {"/inbox": waiting_count, "/notices": _unread}
"""Places that say how much waits there."""


ALSO_UNDER = {"/bases": ("/labs/", "/units/", "/faults"), "/book": ("/now", "/timetables")}
"""Addresses that belong to a place without lying under it."""


def _is_under(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith((url + "/", *ALSO_UNDER.get(url, ()))))


def exists(path: str) -> bool:
    """Whether the application has a page at this address."""
    try:
        current_app.url_map.bind("").match(path, "GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


@web.app_context_processor
def _frame() -> dict[str, Any]:
    """What layout.html expects, and `may_do("a.deed")` for links. Where even the database is gone, nothing of it is asked."""
    frame: dict[str, Any] = {
        "locale": chosen_locale(),
        "person": None,
        "navigation": [],
        "may_do": lambda deed: not g.get("bare") and may_enter(gate.actor(), deed),
    }
    if g.get("bare"):
        return frame
    present = gate.presence()
    if present is not None:
        acting = present.actor.member_id
        choices = [
            {"id": side.member_id, "label": named(side), "current": side.member_id == acting} for side in present.sides
        ]
        frame["person"] = {
            "name": present.name,
            "acting_name": next((each["label"] for each in choices if each["current"]), ""),
            "acting_choices": choices,
        }
        frame["navigation"] = navigation()
    return frame


@web.app_template_filter("day")
def _day(moment: datetime | None) -> str:
    """An instant as a day on the consortium's wall clock; nothing for None."""
    return "" if moment is None else day_text(local_day(moment))


@web.app_template_filter("moment")
def _moment(moment: datetime | None) -> str:
    """An instant to the minute on the consortium's wall clock; nothing for None."""
    return "" if moment is None else moment_text(moment)


_BROWSERS = {
    "MicroMessenger": "WeChat",
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


@web.app_template_filter("device")
def _device(agent: str) -> str:
    """What a browser says of itself, in two words people know; otherwise its own words, cut short."""
    found = [next((word for sign, word in known.items() if sign in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(word for word in found if word) or agent[:40]


@web.before_app_request
def _no_nothing_signs() -> None:
    """NUL cannot be kept by every database: it is refused before anything reads it."""
    if request.path.startswith("/api/"):
        return
    for values in (request.args, request.form):
        if any("\0" in text for key, text in values.items(multi=True)) or any("\0" in key for key in values):
            abort(400)


# ── language, and whom one acts for ──


@web.post("/language")
@gate.public
def language() -> AnyResponse:
    """The page again in the other language; the choice lives in a cookie."""
    answer = redirect(onward(request.form.get("next"), default="/"))
    chosen = request.form.get("locale", "")
    if chosen in LOCALES:
        set_locale(answer, chosen)
    return answer


def set_locale(answer: AnyResponse, chosen: str) -> None:
    answer.set_cookie(
        LOCALE_COOKIE,
        chosen,
        max_age=ONE_YEAR,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
        httponly=True,
    )


@web.post("/acting")
@gate.needs("account.change")
def acting() -> AnyResponse:
    """From now on this device acts for another member."""
    member_id = id_from_text(request.form.get("acting", ""))
    present = gate.presence()
    assert present
    now = clock.now()
    if member_id is None:
        abort(400)
    transaction(lambda: entry.act_for(present, member_id, now))
    side = next(each for each in present.sides if each.member_id == member_id)
    flash(gettext("You now act for %(member)s.", member=named(side)), "done")
    chosen = present.acting_for(member_id)
    assert chosen
    return redirect(_same_kind_of_page(request.form.get("next"), chosen))


def onward(wanted: str | None, default: str) -> str:
    """An address of our own to go on to; anything else, and every foreign one, becomes the default."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or not wanted.isprintable():
        return default
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or "\\" in wanted or not exists(parts.path):
        return default
    return wanted.rstrip("?")


def _same_kind_of_page(wanted: str | None, who: Actor) -> str:
    """The page she came from if it is about no particular thing and open to her in the new office; else home."""
    path = urlsplit(onward(wanted, default="/")).path
    endpoint, arguments = current_app.url_map.bind("").match(path, "GET")
    deed = getattr(current_app.view_functions[endpoint], "gate", None)
    return path if not arguments and (deed == gate.PUBLIC or (deed in POLICY and may_enter(who, deed))) else "/"


# ── when something is not as it should be ──


def _sentences_of(status: int) -> tuple[str, str]:
    """What happened and what to do next, for an error page."""
    sentences = {
        400: (
            gettext("This request cannot be read."),
            gettext("Something in the address or the form is not as expected. Go back, check it and try again."),
        ),
        403: (
            gettext("This is not open to you."),
            gettext("Your office does not allow it. If it should, ask your member's administrator."),
        ),
        404: (
            gettext("There is no such page here."),
            gettext("It may have been moved or removed, or it is not yours to see. Check the address."),
        ),
        405: (
            gettext("This address cannot be used that way."),
            gettext("Go back and use the buttons on the page."),
        ),
        409: (
            gettext("This cannot be done as things stand."),
            gettext("Somebody may have changed it meanwhile. Go back and look at it as it is now."),
        ),
        413: (
            gettext("This is too large."),
            gettext("Send a smaller file or fewer entries at once."),
        ),
        422: (gettext("This request makes no sense."), gettext("Go back, check the entries and try again.")),
        429: (gettext("Too many tries."), gettext("Wait a few minutes, then try again.")),
        503: (
            gettext("Many people are here right now."),
            gettext("Nothing was changed. Please try again in a few seconds."),
        ),
    }
    return sentences.get(
        status,
        (
            gettext("Something went wrong on our side."),
            gettext(
                "Nothing was changed. Please try again; if it stays, tell the consortium's administrator when it was."
            ),
        ),
    )


def error_page(status: int, lines: list[str] | None = None, headers: Mapping[str, str] | None = None) -> AnyResponse:
    """The page that says what happened and what to do next, in the page's language."""
    what, next_step = _sentences_of(status)
    if status >= 500:
        g.bare = True
    if status == 403 and gate.actor().is_signed_in and not gate.actor().appointments:
        what = gettext("You hold no office today.")
        next_step = gettext("Ask the administrator of your member for an appointment; then everything opens.")
    if request_ctx.url_adapter is None:  # for a host that is not ours no address can be built
        return Response(f"{status}\n{what}\n{next_step}\n", status, content_type="text/plain; charset=utf-8")
    body = render_template("errors/error.html", status=status, what=what, next_step=next_step, lines=lines or [])
    answer = Response(body, status)
    answer.headers.extend(headers or {})
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _on_http_error(error: HTTPException) -> Any:
    if error.response is not None or isinstance(error, RequestRedirect) or error.code is None or error.code < 400:
        return error
    if request.path.startswith("/api/"):
        return _as_programs_read_it(error)
    kept = {name: value for name, value in error.get_headers() if name.lower() in ("allow", "retry-after")}
    lines = None
    if isinstance(error, CSRFError):
        lines = [gettext("This page was left open too long, or cookies are switched off. Open it again and repeat.")]
    return error_page(error.code, lines, kept)


def _as_programs_read_it(error: HTTPException) -> Any:
    """What the API's own blueprint, or else the application at large, answers programs with."""
    for name in (*request.blueprints, None):
        answer = current_app.error_handler_spec[name][None].get(HTTPException)
        if answer is not None:
            return answer(error)
    return error


for _status in (400, 403, 404, 405, 408, 409, 413, 414, 415, 422, 429, 431, 500, 501, 502, 503):
    web.app_errorhandler(_status)(_on_http_error)

STATUS_OF_KIND = {"busy": 503, "missing": 404, "forbidden": 403, "invalid": 422, "stale": 409, "conflict": 409}


@web.errorhandler(Refused)
def _on_refused(refused: Refused) -> AnyResponse:
    """A refusal no page had a form for: the worst of its kinds, with every sentence."""
    kinds = {reason.kind for reason in refused.reasons}
    status = next((status for kind, status in STATUS_OF_KIND.items() if kind in kinds), 409)
    if status in (404, 503):
        return error_page(status)
    return error_page(status, wording.sentences(refused.reasons))
