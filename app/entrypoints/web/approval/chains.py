"""Chains: who must agree at a base or to one of its units, for each kind of applicant; shown and set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import chain_setting as actions
from app.booking.actions import chains
from app.booking.rules.chain import ANY, MOST_STEPS, PARTIES, Step
from app.booking.rules.requester import REQUESTERS
from app.booking.store import limits, looking
from app.catalogue.store import places
from app.catalogue.store import units as catalogue
from app.entrypoints import clock, gate
from app.entrypoints.formats import named
from app.entrypoints.web.attempts import attempt
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.catalogue.base_or_unit import base_or_unit
from app.entrypoints.wording import chains as chain_words
from app.foundation.identifiers import id_from_text

LEAST_ROWS = 3
EVERY_KIND = (ANY, *REQUESTERS)


@web.get("/bases/<id:base_id>/approvals")
@gate.needs("chain.change")
def chain_page(base_id: int) -> tuple[str, int]:
    """Who must agree for each kind of applicant, and a form for one of them."""
    scope, scope_id = base_or_unit("chain.change", base_id, request.args.get("unit", ""))
    kind = request.args.get("kind", ANY) if request.args.get("kind") in EVERY_KIND else ANY
    own = actions.chains_now(scope, scope_id)
    return _show(base_id, scope, scope_id, kind, own.get(kind, ()), actions.mark_of(own), [], 200)


@web.post("/bases/<id:base_id>/approvals")
@gate.needs("chain.change")
def set_chain(base_id: int) -> tuple[str, int] | Response:
    scope, scope_id = base_or_unit("chain.change", base_id, request.form.get("unit", ""))
    kind, mark = request.form.get("kind", "")[:10], request.form.get("mark", "")[:16]
    steps = _steps()
    who, now = actor(), clock.now()
    reasons, status = attempt(lambda: actions.set_chain(who, scope, scope_id, kind, mark, steps, now=now))
    if reasons:
        return _show(base_id, scope, scope_id, kind if kind in EVERY_KIND else ANY, steps, mark, reasons, status)
    flash(gettext("Kept. It holds for what is asked from now on; what waits goes on as it was asked."), "done")
    unit = f"&unit={scope_id}" if scope == "unit" else ""
    return redirect(f"/bases/{base_id}/approvals?kind={kind}{unit}", 303)


def _steps() -> list[Step]:
    """The rows of the form that name somebody."""
    found = []
    for row in range(1, MOST_STEPS + 1):
        parties = tuple(each[:20] for each in request.form.getlist(f"parties-{row}")[:10])
        if parties:
            hours = id_from_text(request.form.get(f"hours-{row}", "").strip()) or 0
            rule, silence = (request.form.get(f"{name}-{row}", "")[:10] for name in ("rule", "silence"))
            found.append(Step(parties, rule, hours, silence))
    return found


def _show(
    base_id: int,
    scope: str,
    scope_id: int,
    kind: str,
    steps: Sequence[Step],
    mark: str,
    reasons: Sequence[str],
    status: int,
) -> tuple[str, int]:
    base = or_404(places.find_base(base_id))
    unit = catalogue.units([scope_id]).get(scope_id) if scope == "unit" else None
    own = actions.chains_now(scope, scope_id)
    of_base = own if scope == "base" else actions.chains_now("base", base_id)
    guarded = [line for line in looking.unit_lines(clock.today(), base_id=base_id) if line.needs_approval]
    numbers = limits.numbers([unit.id])[1][unit.id] if unit else limits.numbers(())[0]
    usual = chains.usual(numbers, unit.sharing if unit else "external")
    rows: list[Step | None] = [*steps]
    rows += [None] * (max(LEAST_ROWS, min(len(rows) + 1, MOST_STEPS)) - len(rows))
    return page(
        "settings/chains.html",
        status,
        base_id=base_id,
        base_name=named(base.form),
        unit=unit,
        unit_name=named(unit) if unit else "",
        kind=kind,
        kinds=[(each, chain_words.kind_title(each), _lines(each, own, of_base, usual, scope)) for each in EVERY_KIND],
        guarded=[(line.id, named(line)) for line in guarded],
        rows=list(enumerate(rows, 1)),
        parties=[(each, chain_words.party_title(each)) for each in PARTIES],
        usual_hours=numbers["approval.hours"],
        mark=mark,
        reasons=reasons,
    )


def _lines(
    kind: str,
    own: Mapping[str, Sequence[Step]],
    of_base: Mapping[str, Sequence[Step]],
    usual: Sequence[Step],
    scope: str,
) -> dict[str, Any]:
    """The steps that hold for a kind, and where they are from."""
    if own.get(kind):
        steps, where = own[kind], ""
    elif own.get(ANY):
        steps, where = own[ANY], gettext("as for everybody")
    elif scope == "unit" and (of_base.get(kind) or of_base.get(ANY)):
        steps, where = of_base.get(kind) or of_base[ANY], gettext("as in the whole base")
    else:
        steps, where = usual, gettext("as usual")
    return {"steps": [chain_words.step_text(step) for step in steps], "where": where}
