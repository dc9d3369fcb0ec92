"""What every test may ask for: an empty database on either engine, the application on it, a client, a real server."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event

from tests.loud import left_out, summary
from tests.servers import (
    AHEAD,
    PROJECT,
    CannotHave,
    LiveServer,
    PostgresServer,
    flask,
    locked,
    plain,
    shared_postgres,
    stop_shared_postgres,
)

DATABASES = ("sqlite", "postgresql")
SECRET = "a-secret-that-only-the-tests-know-0123456789"
RUN = "GONGFANG_TEST_RUN"
CONTROLLER = "GONGFANG_TEST_CONTROLLER"

# Tests share a busy machine, so no example has a deadline; the same examples on every run of the CI.
hypothesis_settings.register_profile(
    "gongfang",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.load_profile("gongfang")


# ── the run ──


def pytest_addoption(parser):
    parser.addoption(
        "--database",
        default="sqlite,postgresql",
        help="on which databases tests that use one run: sqlite, postgresql or both (default)",
    )
    parser.addoption(
        "--today",
        type=_local,
        help="when the tests, and the servers they start, begin on the walls there, such as 2026-12-20 or"
        " 2026-12-31T23:50 (a day alone begins at half past seven); default: now",
    )


def pytest_configure(config):
    if config.getoption("today", None):
        _live_at(config, config.getoption("today"))
    for name in ("DATABASE_URL", "INSTANCE_PATH", "SECRET_KEY", "DEMO", "PUBLIC_URL", "TRUSTED_HOSTS", "FLASK_APP"):
        os.environ.pop(name, None)
    for name in ("SMTP_URL", "SMTP_HOST", "MAIL_FROM", "ROBOT_HOSTS"):
        os.environ.pop(name, None)
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = tempfile.mkdtemp(prefix="gongfang-tests-")
        os.environ[CONTROLLER] = str(os.getpid())


def _local(words: str) -> datetime:
    """A moment in Shanghai; of a day alone half past seven in the morning, when it is the day before in UTC and further west."""
    moment = datetime.fromisoformat(words if "T" in words else f"{words}T07:30")
    return moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def _live_at(config, moment: datetime) -> None:
    """From now on it is that moment."""
    ahead = moment - datetime.now(UTC)
    os.environ[AHEAD] = str(ahead.total_seconds())
    there = time_machine.travel(datetime.now(UTC) + ahead, tick=True)
    there.start()
    config.add_cleanup(there.stop)


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput") and RUN in os.environ:
        run = Path(os.environ.pop(RUN))
        stop_shared_postgres(run)
        shutil.rmtree(run, ignore_errors=True)


def pytest_terminal_summary(terminalreporter):
    lines = summary(terminalreporter.stats.get("skipped", []))
    if lines:
        terminalreporter.section("LEFT OUT ON THIS MACHINE", sep="!", red=True, bold=True)
        for line in lines:
            terminalreporter.write_line(line, red=True, bold=True)


def pytest_generate_tests(metafunc):
    if "database_name" in metafunc.fixturenames:
        names = [each for each in metafunc.config.getoption("database").split(",") if each in DATABASES]
        marker = metafunc.definition.get_closest_marker("database")
        if marker:
            names = [each for each in names if each in marker.args]
        metafunc.parametrize("database_name", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """A folder that all processes of this test run share."""
    return Path(os.environ[RUN])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The collected public files beside the project (timetables, holidays); tests that need them are left out without."""
    folder = Path(os.environ.get("GONGFANG_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        left_out(
            f"the collected real files are not here (looked in {folder.name}/ beside the project; set GONGFANG_DATA)"
        )
    return folder


# ── databases ──


@pytest.fixture(scope="session")
def postgres_url(run_folder: Path) -> str:
    """The address of the `postgres` database of this run's PostgreSQL server, shared by all workers."""
    try:
        return shared_postgres(run_folder, int(os.environ[CONTROLLER]))
    except CannotHave as error:
        left_out(f"everything on PostgreSQL: {error}")


@pytest.fixture(scope="session")
def database_name(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`: asking for it, or for anything made from it, runs the test once on each."""
    name: str = request.param
    if name == "postgresql":
        request.getfixturevalue("postgres_url")
    return name


class Databases:
    """Makes databases cheaply by copying one that was made once: `empty` has only the schema, `demo` the demo world."""

    def __init__(self, run: Path, postgres: Callable[[], str]) -> None:
        self._run = run
        self._postgres = cache(postgres)  # remembered, because the last ones are dropped when fixtures are gone
        self._made: list[str] = []

    def new(self, name: str, content: str = "empty") -> str:
        """The address of a fresh database of the kind `name`, migrated, holding `content`."""
        template = self._template(name, content)
        if name == "sqlite":
            path = self._run / f"{uuid.uuid4().hex}.db"
            shutil.copyfile(template, path)
            url = f"sqlite:///{path}"
        else:
            fresh = f"test_{uuid.uuid4().hex}"
            self._administer(f'CREATE DATABASE "{fresh}" TEMPLATE "{template}"')
            url = self._address(fresh)
        self._made.append(url)
        return url

    def blank(self, name: str) -> str:
        """The address of a database with nothing in it at all, not even a schema: for tests of the migrations."""
        if name == "sqlite":
            url = f"sqlite:///{self._run / uuid.uuid4().hex}.db"
        else:
            fresh = f"test_{uuid.uuid4().hex}"
            self._administer(f'CREATE DATABASE "{fresh}"')
            url = self._address(fresh)
        self._made.append(url)
        return url

    def drop(self, url: str) -> None:
        if url not in self._made:
            return
        self._made.remove(url)
        if url.startswith("sqlite"):
            stem = Path(url.removeprefix("sqlite:///"))
            for each in stem.parent.glob(stem.name + "*"):
                each.unlink(missing_ok=True)
        else:
            self._administer(f'DROP DATABASE IF EXISTS "{url.rsplit("/", 1)[1]}" WITH (FORCE)')

    def drop_all(self) -> None:
        for url in list(self._made):
            with contextlib.suppress(psycopg.Error, OSError):
                self.drop(url)

    def _template(self, name: str, content: str) -> str:
        """The database to copy; made by whichever process needs it first."""
        ready = self._run / f"template-{name}-{content}"
        place = str(self._run / f"template-{content}.db") if name == "sqlite" else f"template_{content}"
        with locked(self._run / f"template-{name}-{content}.lock"):
            if not ready.exists():
                if name == "sqlite":
                    url = f"sqlite:///{place}"
                else:
                    self._administer(f'DROP DATABASE IF EXISTS "{place}" WITH (FORCE)')
                    self._administer(f'CREATE DATABASE "{place}"')
                    url = self._address(place)
                own = settings_for(url, self._run / f"instance-{content}")
                flask("db", "upgrade", settings=own)
                if content == "demo":
                    flask("demo", settings=own | {"DEMO": 1})
                if name == "sqlite":
                    with contextlib.closing(sqlite3.connect(place)) as connection:
                        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                ready.touch()
        return place

    def _address(self, database: str) -> str:
        return f"{self._postgres().rsplit('/', 1)[0]}/{database}"

    def _administer(self, statement: str) -> None:
        with psycopg.connect(plain(self._postgres()), autocommit=True) as connection:
            connection.execute(statement)


def settings_for(url: str, instance: Path) -> dict[str, object]:
    """What a test's application or server is started with, as environment variables or as overrides."""
    instance.mkdir(parents=True, exist_ok=True)
    return {
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(instance),
        "SECRET_KEY": SECRET,
        "TRUSTED_HOSTS": "localhost,127.0.0.1",
    }


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[Databases]:
    """The maker of databases, for tests and wider fixtures that need more than `database_url`."""
    maker = Databases(run_folder, lambda: request.getfixturevalue("postgres_url"))
    yield maker
    maker.drop_all()


@pytest.fixture
def database_url(databases: Databases, database_name: str) -> Iterator[str]:
    """A fresh migrated database without a row beyond what migrations bring; once on each engine."""
    url = databases.new(database_name)
    yield url
    databases.drop(url)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this test alone, to be crashed and started again. Begins stopped with no database."""
    try:
        server = PostgresServer()
        server.start()
    except CannotHave as error:
        left_out(f"crashing PostgreSQL: {error}")
    yield server
    server.remove()


# ── the application ──


@pytest.fixture
def app_settings() -> dict[str, object]:
    """Override this in a module to give its applications other settings (e.g. `{"WTF_CSRF_ENABLED": True}`)."""
    return {}


@pytest.fixture
def app(database_url: str, tmp_path: Path, run_folder: Path, app_settings: dict[str, object]) -> Iterator[Flask]:
    """The application on a fresh database; form posts need no CSRF token unless `app_settings` says otherwise."""
    from app.database import db, engine_for

    own: dict[str, object] = {"TESTING": True, "PASSWORD_HASHING": "cheap", "WTF_CSRF_ENABLED": False}
    own |= app_settings
    place = settings_for(database_url, tmp_path / "instance")
    application = _application(place | own, run_folder)
    with application.app_context():
        db.engines[None] = _sparing_the_disk(engine_for(database_url))
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def _sparing_the_disk(engine: Engine) -> Engine:
    """As PostgreSQL is told: no test crashes this process, and waiting for the disk is a good part of a commit."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine


_MADE: dict[str, tuple[Flask, dict[str, object], dict[str, object]]] = {}


def _application(own: dict[str, object], run_folder: Path) -> Flask:
    """An application with these settings. To make one takes longer than most tests do, so each kind is made once a
    process, and after that moves from database to database with its settings as they were at first."""
    from app import create_app

    place = {name: own[name] for name in ("DATABASE_URL", "INSTANCE_PATH")}
    kind = repr(sorted((name, value) for name, value in own.items() if name not in place))
    if kind not in _MADE:
        made = create_app(own)
        made.config.update({name: own[name] for name in own if name not in made.config or name.startswith("WTF_")})
        # A template is compiled once a run, not once a test.
        made.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(run_folder))
        _MADE[kind] = made, dict(made.config), dict(made.extensions)
    application, settings, extensions = _MADE[kind]
    application.config.clear()
    application.config.update(settings | place | {"SQLALCHEMY_DATABASE_URI": own["DATABASE_URL"]})
    application.extensions.clear()
    application.extensions.update(extensions)
    application.instance_path = str(own["INSTANCE_PATH"])
    return application


@pytest.fixture
def client(app):
    """Flask's test client on `app`."""
    return app.test_client()


@pytest.fixture
def cli(app):
    """`cli("demo")` runs a flask command on `app` and answers with click's result."""
    runner = app.test_cli_runner()
    return lambda *words, **how: runner.invoke(args=list(words), **how)


# ── real servers ──


@pytest.fixture
def live_server(run_folder: Path, tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """`live_server(url, workers=2, threads=8, settings={…})` starts gunicorn on that database; stopped at the end."""
    started: list[LiveServer] = []

    def start(url: str, workers: int = 2, threads: int = 8, settings: dict[str, object] | None = None) -> LiveServer:
        own = settings_for(url, tmp_path / "instance") | (settings or {})
        server = LiveServer(own, tmp_path, workers=workers, threads=threads)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def demo_server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server with the demo world on SQLite for the whole session: `.url` is its address. For pages in a browser."""
    folder = tmp_path_factory.mktemp("demo")
    settings = settings_for(databases.new("sqlite", "demo"), folder / "instance") | {"DEMO": 1}
    server = LiveServer(settings, folder, workers=1, threads=8)
    yield server.start()
    server.close()
