"""The import contracts hold, and they would notice: each is shown to fail on a file that breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import PROJECT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_contracts_are_kept():
    result = lint(PROJECT)
    assert result.returncode == 0, result.stdout + result.stderr


BREACHES = {
    "a stray file in an area": ("app/booking/pricing.py", "", "Inside an area"),
    "a new area nobody placed": ("app/weather/__init__.py", "", "lower areas only"),
    "a lower area that leans on a higher one": (
        "app/catalogue/rules/upward.py",
        "import app.booking.rules",
        "lower areas only",
    ),
    "an entrypoint that leans on another": (
        "app/entrypoints/web/lean.py",
        "import app.entrypoints.api",
        "do not lean on each other",
    ),
    "a rule with a database": ("app/booking/rules/rows.py", "import sqlalchemy", "no database"),
    "a rule with chance": ("app/booking/rules/chance.py", "import random", "no chance"),
    "an action with a query": ("app/booking/actions/query.py", "import sqlalchemy", "touch the database"),
    "a page with a row": ("app/entrypoints/web/rows.py", "import app.booking.tables", "only through a store"),
    "a store with a page": ("app/booking/store/page.py", "import flask", "stay at the entrypoints"),
}


@pytest.mark.parametrize("breach", BREACHES, ids=lambda name: name.replace(" ", "-"))
def test_the_contracts_notice(breach, tmp_path):
    """Copies the code, adds one file, and expects exactly the contract's name among the broken ones."""
    place, text, contract = BREACHES[breach]
    shutil.copytree(
        PROJECT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("static", "translations", "__pycache__")
    )
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    target = tmp_path / place
    folder = target.parent
    single = folder.with_suffix(".py")
    if single.exists():  # the topic is still one file: put the breach there
        single.write_text(single.read_text(encoding="utf-8") + f"\n{text}\n", encoding="utf-8")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "__init__.py").exists():
            (folder / "__init__.py").touch()
        target.write_text(text + "\n", encoding="utf-8")
    result = lint(tmp_path)
    broken = [
        line for line in " ".join(result.stdout.split()).replace("BROKEN", "BROKEN\n").splitlines() if "BROKEN" in line
    ]
    assert result.returncode == 1
    assert any(contract in line for line in broken), result.stdout
