"""The shape of the code that no import contract sees: files, names, docstrings, the one commit, the one clock."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap

from tests.architecture.conftest import AREAS
from tests.servers import PROJECT

TOP_LEVEL = {
    *("app", "migrations", "tests", "instance", "docs", ".ci", ".git", ".github", ".venv"),
    *("config.py", "wsgi.py", "requirements.txt", "requirements-dev.txt", "pyproject.toml", "Makefile"),
    *("README.md", "README.zh.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"),
    *(".pre-commit-config.yaml", ".gitignore", ".editorconfig", "package.json", "package-lock.json"),
}
IN_AN_AREA = {"__init__", "rules", "tables", "store", "actions"}
EMPTY_PARTS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler"}
"""Words that say nothing even inside a longer name."""
EMPTY = EMPTY_PARTS | {"data", "info", "process"}
LONGEST_FILE = 330
"""Lines. The rule is about 300; past it a file becomes a folder of topics."""


def test_the_top_level_is_as_agreed():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True
    )
    names = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert names <= TOP_LEVEL


def test_an_area_holds_its_four_files_and_nothing_else(modules):
    strays = []
    for module in modules:
        if module.area:
            part = module.name.split(".")[2] if module.name.count(".") >= 2 else "__init__"
            if part not in IN_AN_AREA:
                strays.append(module.where)
    assert not strays


def test_every_area_says_what_it_answers_for_in_english_and_chinese(modules):
    silent = [
        module.where
        for module in modules
        if module.area
        and module.name == f"app.{module.area}"
        and not re.search(r"[\u4e00-\u9fff]", ast.get_docstring(module.tree) or "")
    ]
    assert not silent


def test_areas_on_disk_are_the_ones_the_drawing_knows(modules):
    on_disk = {module.name.split(".")[1] for module in modules if module.name.count(".") >= 1}
    assert on_disk <= {*AREAS, "database", "foundation", "entrypoints"}


def test_every_module_begins_with_what_it_answers_for(modules):
    silent = [module.where for module in modules if not ast.get_docstring(module.tree)]
    assert not silent


def test_no_file_of_an_area_grows_past_one_topic(modules):
    long = [
        f"{module.where}: {len(module.text.splitlines())} lines"
        for module in modules
        if module.area and len(module.text.splitlines()) > LONGEST_FILE
    ]
    assert not long, "make it a folder of topics with the same name"


def _given_names(tree: ast.Module):
    """The names a module gives: its functions and classes, and their methods."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name, False
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield inner.lineno, inner.name, True


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def test_no_name_says_nothing(modules):
    """Module, class and function names; a method may only not be such a word alone (frameworks name methods too)."""
    empty = []
    for module in modules:
        if _words(module.name.rsplit(".", 1)[-1]) & EMPTY_PARTS or module.name.rsplit(".", 1)[-1] in EMPTY:
            empty.append(module.where)
        for line, name, is_method in _given_names(module.tree):
            if name in EMPTY or (not is_method and _words(name) & EMPTY_PARTS):
                empty.append(f"{module.where}:{line} {name}")
            if name == "Base" and module.area != "catalogue" and "entrypoints" not in module.where:
                empty.append(f"{module.where}:{line} {name} (a base is a 基地)")
    assert not empty


def test_a_booking_is_never_called_a_reservation(modules, templates):
    other_word = [m.where for m in modules if re.search(r"reserv(ation|ed?_|ing)", m.text, re.IGNORECASE)]
    other_word += [t.name for t in templates if re.search(r"reservation", t.read_text(encoding="utf-8"), re.IGNORECASE)]
    assert not other_word


def _calls(tree: ast.Module):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.attr, ast.unparse(node.func.value)


def test_there_is_one_commit(modules):
    commits = [
        f"{module.where}:{node.lineno}"
        for module in modules
        for node, name, _ in _calls(module.tree)
        if name == "commit"
    ]
    assert [place.split(":")[0] for place in commits] == ["app/database.py"], commits


def test_only_an_entrypoint_opens_a_transaction(modules):
    opened = [
        f"{module.where}:{node.lineno}"
        for module in modules
        if module.area
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "transaction"
    ]
    assert not opened


def test_there_is_one_clock(modules):
    clocks = [
        f"{module.where}:{node.lineno} {of}.{name}()"
        for module in modules
        if module.where != "app/entrypoints/clock.py"
        for node, name, of in _calls(module.tree)
        if (name in {"now", "utcnow", "today"} and not of.endswith("clock")) or (of == "time" and name == "time")
    ]
    assert not clocks


def test_roles_are_compared_in_one_room_only(modules):
    """No `if role` outside consortium: what a person may do is asked of the permission table."""
    elsewhere = []
    for module in modules:
        if module.area == "consortium":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                if any(
                    isinstance(side, ast.Attribute | ast.Name) and _last(side) in {"role", "roles"} for side in sides
                ):
                    elsewhere.append(f"{module.where}:{node.lineno}")
    assert not elsewhere


def _last(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def test_money_is_never_a_float(modules):
    floats = []
    for module in modules:
        if module.area == "costing" or module.where == "app/foundation/money.py":
            for node in ast.walk(module.tree):
                divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
                is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
                if divides or is_float or (isinstance(node, ast.Name) and node.id == "float"):
                    floats.append(f"{module.where}:{node.lineno}")
    assert not floats


def test_nothing_is_left_for_later(modules, templates):
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    later = [m.where for m in modules if words.search(m.text)]
    later += [str(t.relative_to(PROJECT)) for t in templates if words.search(t.read_text(encoding="utf-8"))]
    assert not later


def test_rules_load_without_a_framework_or_a_database(modules):
    """Imports every rules module in a fresh Python and looks at what came along."""
    rules = [m.name for m in modules if m.name.split(".")[1:2] == ["foundation"] or "rules" in m.name.split(".")[2:3]]
    script = f"""
        import importlib, sys
        for name in {rules!r}:
            importlib.import_module(name)
        heavy = {{"flask", "sqlalchemy", "jinja2", "werkzeug", "click", "psycopg", "app.database"}} & set(sys.modules)
        sys.exit(", ".join(sorted(heavy)) or 0)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, f"along came: {result.stderr}"


def test_migrations_import_nothing_from_the_application():
    """A migration says for ever what it said the day it was written."""
    leaning = [
        path.name
        for path in sorted((PROJECT / "migrations" / "versions").glob("*.py"))
        if re.search(r"^\s*(from|import)\s+app\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not leaning


def test_every_job_stands_in_the_schedule(modules):
    """A public function `run_…` of the jobs is named in schedule.py, so that nothing scheduled is forgotten."""
    jobs = {
        name
        for module in modules
        if module.name.startswith("app.entrypoints.jobs.") and not module.name.endswith(".schedule")
        for _, name, is_method in _given_names(module.tree)
        if name.startswith("run_") and not is_method
    }
    schedule = PROJECT / "app" / "entrypoints" / "jobs" / "schedule.py"
    text = schedule.read_text(encoding="utf-8") if schedule.exists() else ""
    assert [name for name in sorted(jobs) if name not in text] == []
