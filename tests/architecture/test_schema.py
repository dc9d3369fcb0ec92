"""The schema: named constraints, keys that point down, and migrations that make exactly the tables the code knows."""

from __future__ import annotations

import importlib
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ForeignKeyConstraint, MetaData

from tests.architecture.conftest import AREAS
from tests.servers import PROJECT

VERSIONS = PROJECT / "migrations" / "versions"


@pytest.fixture(scope="module")
def metadata() -> MetaData:
    """Every table there is."""
    return every_table()


def every_table() -> MetaData:
    from app.database import db

    for path in [*(PROJECT / "app").glob("*/tables.py"), *(PROJECT / "app").glob("*/tables/*.py")]:
        importlib.import_module(".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"))
    return db.Model.metadata


def _area(table: str) -> str:
    return table.split("_", 1)[0]


def test_a_table_is_named_after_its_area(metadata):
    assert [name for name in metadata.tables if _area(name) not in AREAS] == []


def test_foreign_keys_point_to_the_same_or_a_lower_area(metadata):
    upward = [
        f"{table.name}.{key.parent.name} → {key.target_fullname}"
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if AREAS.index(_area(key.column.table.name)) > AREAS.index(_area(table.name))
    ]
    assert not upward


def test_every_constraint_and_index_has_a_name(metadata):
    """The store turns a named violation into a reason; a name that differs between databases could not be recognised."""
    nameless = [
        f"{table.name}: {type(each).__name__}"
        for table in metadata.tables.values()
        for each in [*table.constraints, *table.indexes]
        if not each.name and (not isinstance(each, ForeignKeyConstraint) or each.elements)
    ]
    assert not nameless


def test_no_relationship_crosses_areas():
    from app.database import db

    crossing = [
        f"{mapper.class_.__name__}.{relationship.key}"
        for mapper in db.Model.registry.mappers
        for relationship in mapper.relationships
        if _area(mapper.local_table.name) != _area(relationship.mapper.local_table.name)
    ]
    assert not crossing


@pytest.fixture
def script(monkeypatch) -> ScriptDirectory:
    monkeypatch.syspath_prepend(str(PROJECT / "migrations"))  # revisions lean on files beside them
    return ScriptDirectory(str(PROJECT / "migrations"))


def test_migrations_are_one_numbered_line(script):
    revisions = list(reversed(list(script.walk_revisions())))
    assert [int(re.match(r"\d{4}", each.revision)[0]) for each in revisions] == list(range(1, len(revisions) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", path.name) for path in VERSIONS.glob("[!_]*.py"))


def test_the_written_head_is_the_head(script):
    """Two branches that both add a migration then meet in a conflict in this file, not in a broken database."""
    [written] = list((PROJECT / "migrations").rglob(".current-alembic-head"))
    assert written.read_text(encoding="utf-8").strip() == script.get_current_head()


def test_migrations_make_the_tables_the_code_knows(app, metadata):
    from app.database import db

    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_keep_every_check(app, metadata):
    """Alembic's comparison does not look at CHECK constraints, so their names are compared here."""
    from sqlalchemy import CheckConstraint, inspect

    from app.database import db

    with app.app_context():
        inspector = inspect(db.engine)
        missing = []
        for table in metadata.tables.values():
            there = {each["name"] for each in inspector.get_check_constraints(table.name)}
            wanted = {str(each.name) for each in table.constraints if isinstance(each, CheckConstraint) and each.name}
            missing += [f"{table.name}: {name}" for name in sorted(wanted - there)]
    assert not missing
