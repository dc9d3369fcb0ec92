"""Commands about people: a token for programs, an invitation for the first administrator, the trail's seal."""

from __future__ import annotations

from datetime import datetime, timedelta

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.consortium.actions import entry, members, people, tokens
from app.consortium.rules.membership import MemberForm, OfficeForm, PersonForm
from app.consortium.rules.office import MEMBER_KINDS, ROLES
from app.consortium.rules.permission import RIGHTS
from app.consortium.store import members as members_store
from app.consortium.store import people as store
from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.wording import sentences
from app.foundation.refusal import Refused
from app.foundation.timespan import local_day
from app.trail import actions as trail


def init_app(app: Flask) -> None:
    app.cli.add_command(token)
    app.cli.add_command(invite)
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
@with_appcontext
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


@click.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="The person's full name.")
@click.option("--member", "code", required=True, help="The code of the member organisation she acts for.")
@click.option("--member-name", default="", help="With a code that is new: the organisation's name; it is added.")
@click.option("--member-kind", default="government", type=click.Choice(MEMBER_KINDS), show_default=True)
@click.option("--role", default="administrator", type=click.Choice(ROLES), show_default=True)
@with_appcontext
def invite(email: str, name: str, code: str, member_name: str, member_kind: str, role: str) -> None:
    """Invite the person with this EMAIL, for instance the first administrator; prints a link that sets a password once.

    Every later person is invited on the pages. Where a link has gone astray, the same command makes a new one.
    """
    now, link = clock.now(), entry.new_secret()

    def do() -> bool:
        office = OfficeForm(role, _member(code, member_name, member_kind, now), None, local_day(now), None)
        known = store.person_id_of(entry.plain_email(email))
        if known is not None:
            people.make_link(None, known, link=link, now=now)
            return False
        return people.invite(None, PersonForm(email, name), office, link=link, locale="zh", now=now).is_new

    try:
        is_new = transaction(do)
    except Refused as refused:
        raise click.ClickException(" ".join(sentences(refused.reasons))) from None
    public = current_app.config["PUBLIC_URL"] or "http://127.0.0.1:8000"
    told = "is invited" if is_new else "was here already and gets a new link"
    click.echo(f"{email} {told}. Within seven days, once: {public}/invitation/{link}")


def _member(code: str, name: str, kind: str, now: datetime) -> int:
    found = next((each for each in members_store.current(local_day(now)) if each.code == code.upper()), None)
    if found is not None:
        return found.id
    if not name:
        raise click.ClickException(f"there is no member with the code {code}; give --member-name to add it")
    return members.found(MemberForm(code, kind, name, name, local_day(now)), now)


@click.command("verify-trail")
@with_appcontext
def verify_trail() -> None:
    """Check that no entry of the trail was changed or removed; ends with 1 where one was."""
    broken = trail.verify()
    for place in broken:
        click.echo(f"broken at chain/place {place}")
    if broken:
        raise click.ClickException(f"{len(broken)} places of the trail are not as they were written")
    click.echo("The trail is whole.")
