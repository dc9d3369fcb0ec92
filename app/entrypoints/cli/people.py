"""Commands about people: a token for programs, an invitation for the first administrator, the trail's seal."""

from __future__ import annotations

from datetime import timedelta

import click
from flask import Flask

from app.consortium.actions import entry, tokens
from app.consortium.rules.permission import RIGHTS
from app.consortium.store import people as store
from app.database import transaction
from app.entrypoints import clock
from app.trail import actions as trail


def init_app(app: Flask) -> None:
    app.cli.add_command(token)
    app.cli.add_command(verify_trail)


@click.command("token")
@click.argument("email")
@click.option("--days", default=365, type=click.IntRange(1, 365), show_default=True, help="How long it is good for.")
@click.option(
    "--right",
    "rights",
    multiple=True,
    type=click.Choice(RIGHTS),
    default=RIGHTS,
    show_default=True,
    help="What programs may do with it; may be given several times.",
)
def token(email: str, days: int, rights: tuple[str, ...]) -> None:
    """Make a personal API token for the person with this EMAIL; it is the last word printed, and shown only now."""
    person_id = store.person_id_of(entry.plain_email(email))
    if person_id is None:
        raise click.ClickException(f"nobody here has the e-mail {email}")
    fresh, now = entry.new_secret(), clock.now()
    transaction(
        lambda: tokens.make_token_for(
            person_id, "flask token", rights, token=fresh, expires_at=now + timedelta(days=days), now=now
        )
    )
    click.echo(f"A token for {email} with the rights {', '.join(rights)}, good for {days} days: {fresh}")


@click.command("verify-trail")
def verify_trail() -> None:
    """Check that no entry of the trail was changed or removed; ends with 1 where one was."""
    broken = trail.verify()
    for place in broken:
        click.echo(f"broken at chain/place {place}")
    if broken:
        raise click.ClickException(f"{len(broken)} places of the trail are not as they were written")
    click.echo("The trail is whole.")
