"""The one leader: a lock that only one running program holds, and that is free the moment it dies.

PostgreSQL: an advisory lock on a connection of its own. SQLite: a lock on a file beside the database.
"""

from __future__ import annotations

import fcntl
import os

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from app.database import db, is_sqlite

KEY = 0x676F6E6766616E67
"""Any number, the same for every runner of this application: `gongfang` in ASCII."""


class Leadership:
    """Whether this program is the leader. Needs an application context; one per program."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Become the leader if nobody is; at once, without waiting."""
        return self._take_file() if is_sqlite() else self._take_on_server()

    def stands(self) -> bool:
        """Whether it is still ours. A lost connection means that another may be the leader by now."""
        if self._file is not None:
            return True
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self.give_up()
            return False
        return True

    def give_up(self) -> None:
        """Let another be the leader."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.invalidate()  # closing it at the server frees the lock, whatever state it is in
            connection.close()

    def _take_file(self) -> bool:
        file = os.open(f"{db.engine.url.database}.leader", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def _take_on_server(self) -> bool:
        connection = None
        try:
            connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            is_ours = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": KEY}))
        except DBAPIError:
            is_ours = False
        if connection is None:
            return False
        if is_ours:
            self._connection = connection
            return True
        connection.close()
        return False
