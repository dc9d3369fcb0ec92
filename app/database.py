"""The database: the one way to write (`transaction`), the one lock (`hold`), and the types rows are made of."""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from flask import has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Engine,
    MetaData,
    Select,
    Table,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import URL, Connection, Dialect, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.foundation.refusal import Busy, Refused

T = TypeVar("T")

PATIENCE_SECONDS = 4.0
"""How long one write may wait and be repeated in all before the caller is told to come back (R7: at most 5 s)."""

TRUSTED_SECONDS = 5.0
"""How long a connection may rest in the pool and still be used without asking whether it lives."""

_RETRY_STATES = {"40001", "40P01", "55P03"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as timestamptz on PostgreSQL and as whole microseconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(microseconds=value)
        result: datetime = value.astimezone(UTC)
        return result

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """On SQLite without a detour through the decorator: pages and feeds read instants by the thousand."""
        return _from_microseconds if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


@lru_cache(maxsize=16_384)
def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


class Stored(DeclarativeBase):
    """What every table is made from: named constraints and our own instant."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Stored)
Stored.registry.update_type_annotation_map({datetime: Instant})

_writing: ContextVar[Session | None] = ContextVar("writing", default=None)


def session() -> Session:
    """The session to use now: the transaction's own inside `transaction`, else the request's, which only reads."""
    return _writing.get() or db.session()


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def transaction(do: Callable[[], T]) -> T:
    """Run `do`, commit, and answer with its result.

    `do` may be run again from the start after a lock time-out or a deadlock, so it fetches afresh, takes `now` and new
    ids from outside, and does nothing that cannot be done twice. Raises Refused(Busy) when patience has run out.
    """
    if _writing.get() is not None:
        raise RuntimeError("a transaction is already open: only an entrypoint opens one")
    _end_reading()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    attempt = 0
    while True:
        attempt += 1
        try:
            with _turn(give_up_at), Session(_write_engine(), autoflush=False, expire_on_commit=False) as own:
                token = _writing.set(own)
                try:
                    result = do()
                    own.commit()
                    return result
                finally:
                    _writing.reset(token)
        except DBAPIError as error:
            if not _worth_another_try(error):
                raise
            if attempt >= 5 or time.monotonic() >= give_up_at:
                raise Refused(Busy()) from error
            time.sleep(random.uniform(0.005, 0.03) * attempt)


def table_of(kind: type[Stored]) -> Table:
    """The table behind a kind of row. Statements on it skip the mapping of rows to objects, for where that costs."""
    table = kind.__table__
    assert isinstance(table, Table)
    return table


def hold(table: type[Stored], *where: ColumnElement[bool], waits: bool = True, **values: Any) -> list[int]:
    """Lock the rows that meet `where`, in id order, until the transaction ends; answers their ids.

    Always in the order member, person, unit. On SQLite the transaction already holds the only write lock there is.
    Conditions that are made once, with `values` for their parameters, spare making the statement each time. Not
    `waits`: rows that somebody else has locked are left out.
    """
    statement = _prepared_hold(table, where, waits) if values else _hold(table, where, waits)
    return list(session().scalars(statement, values))


def _hold(table: type[Stored], where: tuple[ColumnElement[bool], ...], waits: bool) -> Select[int]:
    rows = table_of(table)
    key: ColumnElement[int] = rows.c.id
    return select(key).where(*where).order_by(key).with_for_update(key_share=True, of=rows, skip_locked=not waits)


_prepared_hold = lru_cache(maxsize=64)(_hold)


def _end_reading() -> None:
    if has_app_context():
        db.session.remove()


def _write_engine() -> Engine:
    return db.engine.execution_options(writes=True)


@contextmanager
def _turn(give_up_at: float) -> Iterator[None]:
    """On SQLite, queue for the write lock on a side file: its own busy waiting is unfair. Raises Refused(Busy)."""
    if not is_sqlite():
        yield
        return
    path = f"{db.engine.url.database}.turn"
    side = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(side)
        side = _Place.in_the_queue(path).wait(give_up_at)
    try:
        yield
    finally:
        os.close(side)


class _Place:
    """A place in the queue for SQLite's write lock, in which a thread stands: a lock on a file knows no time-out.

    Whoever's patience runs out leaves the place standing, for the next who comes to take over; so there are never
    more threads than people who waited at once, however long the lock is kept.
    """

    _left: ClassVar[dict[str, list[_Place]]] = {}
    _mutex: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, path: str) -> None:
        self._path = path
        self._side = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._reached = threading.Event()
        threading.Thread(target=self._stand, name="turn", daemon=True).start()

    @classmethod
    def in_the_queue(cls, path: str) -> _Place:
        with cls._mutex:
            left = cls._left.get(path)
            if left:
                return left.pop(0)
        return cls(path)

    def _stand(self) -> None:
        fcntl.flock(self._side, fcntl.LOCK_EX)
        with self._mutex:
            left = self._left.get(self._path, [])
            if self in left:
                left.remove(self)
                os.close(self._side)
            else:
                self._reached.set()

    def wait(self, give_up_at: float) -> int:
        """The file whose lock is held now; to close it gives the turn back. Raises Refused(Busy) at `give_up_at`."""
        in_time = False
        try:
            in_time = self._reached.wait(max(give_up_at - time.monotonic(), 0))
        finally:
            if not in_time:
                self._leave()
        if not in_time:
            raise Refused(Busy())
        return self._side

    def _leave(self) -> None:
        with self._mutex:
            if self._reached.is_set():  # in this very moment
                os.close(self._side)
            else:
                self._left.setdefault(self._path, []).append(self)


def _worth_another_try(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _RETRY_STATES
    return getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY") or "database is locked" in str(
        error.orig
    )


def library_version() -> tuple[str, str]:
    """The database's name and the version of its library or server."""
    connection = session().connection()
    if is_sqlite():
        return "sqlite", str(connection.exec_driver_sql("SELECT sqlite_version()").scalar())
    return "postgresql", str(connection.exec_driver_sql("SHOW server_version").scalar())


def damage() -> list[str]:
    """What SQLite finds wrong with its file: pages, and rows that point to nothing. PostgreSQL sees to that itself."""
    if not is_sqlite():
        return []
    connection = session().connection()
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
    return found + [
        f"{row[0]} {row[1]} points to nothing" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
    ]


def schema_version() -> str | None:
    """The migration the database stands at; None where it was never migrated."""
    connection = session().connection()
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def violated_constraint(error: DBAPIError) -> str:
    """The name of the constraint or guard that refused, or the database's own words where it gives no name."""
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    return str(name) if name else str(error.orig)


def engine_options(url: str | URL) -> dict[str, Any]:
    """What `create_engine` needs for this database: time-outs on PostgreSQL, a sound SQLite where there is one."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"module": _sqlite_module(), "connect_args": {"timeout": PATIENCE_SECONDS}}
    return {
        "pool_size": 16,
        "max_overflow": 16,
        "connect_args": {
            "options": "-c lock_timeout=2000 -c statement_timeout=20000 -c timezone=UTC"
            " -c idle_in_transaction_session_timeout=30000"
        },
    }


def engine_for(url: str) -> Engine:
    """An engine outside any application (migrations, measuring), set up just like the application's."""
    if make_url(url).get_backend_name() == "sqlite":
        Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    return create_engine(url, **engine_options(url))


def _sqlite_module() -> Any:
    try:
        import pysqlite3 as module
    except ImportError:
        import sqlite3 as module
    return module


@event.listens_for(Engine, "connect")
def _set_up_connection(connection: Any, _record: Any) -> None:
    if "sqlite" not in type(connection).__module__:
        return
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "recursive_triggers=ON", "cache_size=-8000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Pool, "checkin")
def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _see_that_it_lives(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """Ask a connection that has rested for a while before trusting it; asking each time would cost every request."""
    if "rests_since" not in record.info or time.monotonic() - record.info["rests_since"] < TRUSTED_SECONDS:
        return
    try:
        connection.cursor().execute("SELECT 1").close()
        connection.rollback()
    except Exception as error:  # whatever the driver says: a fresh connection is made instead
        raise DisconnectionError from error


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@event.listens_for(Session, "before_flush")
def _only_transactions_flush(own: Session, *_: Any) -> None:
    if own is not _writing.get():
        raise RuntimeError("a row was changed outside transaction()")


@event.listens_for(Session, "do_orm_execute")
def _only_transactions_write(state: ORMExecuteState) -> None:
    if not state.is_select and (state.is_insert or state.is_update or state.is_delete):
        _only_transactions_flush(state.session)
