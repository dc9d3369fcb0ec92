"""Pages that set something for a base or for one unit in it: which of the two an address speaks of."""

from __future__ import annotations

from app.catalogue.rules.unit import Thing
from app.catalogue.store import places, shares
from app.catalogue.store import units as catalogue
from app.consortium.rules.permission import may
from app.entrypoints import clock
from app.entrypoints.web.blueprint import actor, or_404
from app.foundation.identifiers import id_from_text


def base_or_unit(deed: str, base_id: int, unit: str) -> tuple[str, int]:
    """The base, or the unit in it that is named. Who may not do this there finds nothing."""
    or_404(places.find_base(base_id))
    scope, scope_id = "base", base_id
    if unit:
        scope, scope_id = "unit", or_404(id_from_text(unit))
        found = or_404(catalogue.units([scope_id]).get(scope_id))
        or_404(found if found.base_id == base_id else None)
    standing = or_404(shares.standing(Thing(scope, scope_id)))
    or_404(standing if may(actor(), deed, standing.placement(clock.today())) else None)
    return scope, scope_id
