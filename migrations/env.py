"""Alembic's door: runs the migrations on the application's own database."""

import sys
from pathlib import Path

from alembic import context
from flask import current_app
from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).parent))


def run(connection, metadata=None):
    """Run what Alembic was asked for. On SQLite foreign keys are off while tables are rebuilt, and checked after."""
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=sqlite,
        transaction_per_migration=False,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"rows point to nothing after the migration: {broken[:5]}")


def online():
    database = current_app.extensions["migrate"].db
    engine = database.engine
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect", insert=False)
        def _for_rebuilding(connection, _record):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA foreign_keys=OFF")

        engine.dispose()
        try:
            with engine.execution_options(writes=True).connect() as connection:
                run(connection, database.metadata)
        finally:
            event.remove(engine, "connect", _for_rebuilding)
            engine.dispose()
    else:
        with engine.connect() as connection:
            run(connection, database.metadata)


online()
