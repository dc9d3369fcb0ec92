"""The catalogue in words: units that are held, shares of ownership, the sheet that is brought in."""

from __future__ import annotations

from flask_babel import gettext

from app.catalogue.rules import exchange as sheet_exchange
from app.catalogue.rules import ownership
from app.catalogue.rules import unit as catalogue_unit
from app.entrypoints.formats import day_text, moment_text
from app.entrypoints.wording.units import Names, Sentences, unit_in


def _shares_not_whole(reason: ownership.SharesNotWhole, _: Names) -> str:
    share = f"{reason.share // 100}.{reason.share % 100:02d}".removesuffix(".00")
    if reason.until_on is None:
        return gettext(
            "From %(start)s on the shares make %(share)s %% instead of 100 %%.",
            start=day_text(reason.from_on),
            share=share,
        )
    return gettext(
        "From %(start)s until the day before %(end)s the shares make %(share)s %% instead of 100 %%.",
        start=day_text(reason.from_on),
        end=day_text(reason.until_on),
        share=share,
    )


SENTENCES: Sentences = {
    catalogue_unit.HeldThen: lambda r, n: gettext(
        "%(unit)s: %(held)s of it are held at %(when)s already, so it cannot have a capacity of only %(capacity)s.",
        unit=unit_in(r, n),
        held=r.held,
        when=moment_text(r.at),
        capacity=r.capacity,
    ),
    catalogue_unit.HeldUntil: lambda r, n: gettext(
        "%(unit)s is booked or closed until %(until)s. Move or cancel that first.",
        unit=unit_in(r, n),
        until=moment_text(r.until),
    ),
    ownership.SharesNotWhole: _shares_not_whole,
    ownership.OwnerTwice: lambda r, _n: gettext(
        "One member has two shares at the same time from %(day)s on.", day=day_text(r.from_on)
    ),
    sheet_exchange.SheetFaults: lambda r, _n: gettext(
        "The sheet has %(count)s faults and was not applied.", count=len(r.faults)
    ),
    sheet_exchange.SheetPlanChanged: lambda _r, _n: gettext(
        "The catalogue changed meanwhile, so the sheet would do something else now. Please look again."
    ),
}
