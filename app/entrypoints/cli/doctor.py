"""`flask doctor`: looks whether this installation keeps what it promises, and says what to do where it does not."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.booking.store import ledger
from app.database import damage, library_version, schema_version, transaction
from app.entrypoints import clock
from app.outbox.rules.job import standing_of_all
from app.outbox.store import deliveries, jobs
from app.trail import actions as trail

Finding = tuple[bool, str]
"""Whether all is well, and a sentence."""


def init_app(app: Flask) -> None:
    app.cli.add_command(doctor)


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check the database's library, migrations, guards (by trying them), rows and the trail; ends with 1 on a fault."""
    sound = True
    for look in (_library, _migrations, _guards, _trying, _rows, _trail, _jobs, _messages):
        good, sentence = look()
        sound = sound and good
        click.secho(f"{'ok   ' if good else 'FAULT'}  {sentence}", fg=None if good else "red")
    if not sound:
        raise click.ClickException("this installation needs care; see the lines marked FAULT")


def _library() -> Finding:
    name, version = library_version()
    if name == "sqlite" and (3, 7, 0) <= tuple(int(part) for part in version.split(".")) < (3, 51, 3):
        return True, (
            f"sqlite {version} has a rare fault when its log restarts (mended in 3.51.3); "
            "on Linux x86-64 `pip install -r requirements.txt` brings a newer one"
        )
    return True, f"{name} {version}"


def _migrations() -> Finding:
    newest = (Path(current_app.root_path).parent / "migrations" / ".current-alembic-head").read_text().strip()
    present = schema_version()
    return present == newest, f"migration {present}" + (
        "" if present == newest else f"; {newest} is waiting: flask db upgrade"
    )


def _guards() -> Finding:
    missing = ledger.missing_guards()
    return not missing, "guards are in place" if not missing else f"guards are missing: {', '.join(missing)}"


def _trying() -> Finding:
    refused = transaction(ledger.guard_refuses_a_copy)
    if refused is None:
        return True, "no booking yet on which to try the guard"
    return refused, "a second booking of a taken time was refused" if refused else "A DOUBLE BOOKING WAS NOT REFUSED"


def _rows() -> Finding:
    faults = damage()
    return not faults, "rows are whole and point to rows that exist" if not faults else "; ".join(faults[:5])


def _trail() -> Finding:
    broken = trail.verify()
    return not broken, "the trail is whole" if not broken else f"the trail was changed at {', '.join(broken[:5])}"


def _jobs() -> Finding:
    """A worker may rest while an installation is looked after, so that none runs is told and is no fault."""
    standing = standing_of_all(jobs.jobs(), clock.now())
    sentences = {
        "well": "jobs run as they should",
        "never": "no worker has run yet; messages go out once one does: flask worker",
        "late": "jobs are overdue: is a worker running? flask worker",
        "failing": "a job fails; its last words stand under Administration › Jobs",
    }
    return standing != "failing", sentences[standing]


def _messages() -> Finding:
    dead = deliveries.counts_by_state().get("dead", 0)
    return True, f"messages that could not be sent: {dead}" + ("; see Administration › Messages" if dead else "")
