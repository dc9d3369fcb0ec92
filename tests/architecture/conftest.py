"""What the checks of the architecture look at: the source as it stands, read as syntax, never run."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.servers import PROJECT

AREAS = (
    # from the bottom up, as in the contracts of pyproject.toml
    "trail",
    "outbox",
    "consortium",
    "catalogue",
    "timetable",
    "booking",
    "usage",
    "costing",
    "allocation",
    "investment",
)


@dataclass(frozen=True)
class Module:
    """One Python file of the application."""

    path: Path

    @property
    def where(self) -> str:
        return self.path.relative_to(PROJECT).as_posix()

    @property
    def name(self) -> str:
        parts = self.path.relative_to(PROJECT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def area(self) -> str | None:
        """The area it belongs to, or None for foundation, database and entrypoints."""
        parts = self.path.relative_to(PROJECT).parts
        return parts[1] if len(parts) > 2 and parts[1] in AREAS else None

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.where)


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every Python file of the application."""
    return [Module(path) for path in sorted((PROJECT / "app").rglob("*.py"))]


@pytest.fixture(scope="session")
def templates() -> list[Path]:
    """Every template, of pages and of messages."""
    return [path for path in sorted((PROJECT / "app" / "templates").rglob("*")) if path.is_file()]
