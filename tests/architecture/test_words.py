"""Words: every sentence in both languages, every reason worded, every term in the glossary."""

from __future__ import annotations

import ast
import importlib
import re
import typing
from datetime import UTC, date, datetime, timedelta

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import Span
from tests.architecture.conftest import AREAS
from tests.servers import PROJECT

CATALOGUE = PROJECT / "app" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "N_": None,
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{\w*\}")
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


@pytest.fixture(scope="module")
def used() -> dict[str | tuple[str, ...], str]:
    """Every msgid in code and templates, with the file it was first found in."""
    found: dict[str | tuple[str, ...], str] = {}
    options = {"**/templates/**": {"trimmed": "true", "silent": "false"}}
    methods = [("**.py", "python"), ("**/templates/**", "jinja2"), ("templates/**", "jinja2")]
    for file, _line, msgid, _comments, _context in extract_from_dir(
        PROJECT / "app", method_map=methods, options_map=options, keywords=KEYWORDS
    ):
        found.setdefault(msgid, file)
    return found


def _lookup(catalogue: Catalog, msgid: str | tuple[str, ...]) -> Message | None:
    return catalogue.get(msgid if isinstance(msgid, str) else msgid[0])


def test_every_sentence_has_its_chinese(catalogue, used):
    missing = []
    for msgid, file in used.items():
        message = _lookup(catalogue, msgid)
        if message is None or message.fuzzy or not _translated(message):
            missing.append(f"{file}: {msgid!r}")
    assert not missing, f"{len(missing)} without Chinese:\n" + "\n".join(missing)


def _translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def test_no_msgid_is_itself_chinese(used):
    """The English page shows the msgid."""
    assert [f"{file}: {msgid}" for msgid, file in used.items() if CHINESE.search(str(msgid))] == []


def test_both_languages_use_the_same_placeholders(catalogue):
    different = []
    for message in catalogue:
        if message.id:
            originals = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
            allowed = {frozenset(found[0] for found in PLACEHOLDER.finditer(each)) for each in originals}
            different += [
                f"{message.id!r} → {each!r}"
                for each in strings
                if each and frozenset(found[0] for found in PLACEHOLDER.finditer(each)) not in allowed
            ]
    assert not different


def test_placeholders_are_named(used):
    """A translator may need another order: `%(count)s`, never `%s`."""
    assert [f"{file}: {msgid!r}" for msgid, file in used.items() if re.search(r"(?<!%)%[sd]", str(msgid))] == []


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = dict(map(_pair, filter(_counts, read_mo(file))))
    written = dict(map(_pair, filter(_counts, catalogue)))
    assert compiled == written, "run: make translations"


def _counts(message: Message) -> bool:
    return bool(message.id) and _translated(message) and not message.fuzzy


def _pair(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Id and translation in one form: the readers give lists, tuples or strings."""
    one, other = ((each,) if isinstance(each, str) else tuple(each) for each in (message.id, message.string))
    return one, other


def test_a_known_word_comes_out_in_both_languages(catalogue, tmp_path):
    """A catalogue in a wrongly named folder is silently not found; so ask the application itself."""
    from flask_babel import force_locale, gettext

    from app import create_app

    word = next(m for m in catalogue if isinstance(m.id, str) and m.id and "%" not in m.id and _translated(m))
    application = create_app(
        {"TESTING": True, "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "INSTANCE_PATH": str(tmp_path)}
    )
    with application.test_request_context("/"):
        with force_locale("zh"):
            assert gettext(word.id) == word.string
        with force_locale("en"):
            assert gettext(word.id) == word.id


# ── reasons ──


def every_reason() -> list[type[Reason]]:
    for path in sorted((PROJECT / "app").rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        if parts[1] in (*AREAS, "foundation"):
            importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))

    def below(kind: type[Reason]) -> list[type[Reason]]:
        return [each for direct in kind.__subclasses__() for each in (direct, *below(direct))]

    unique = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in below(Reason)}
    return [kind for _, kind in sorted(unique.items()) if kind.__module__.startswith("app.")]


def test_every_reason_has_a_code_of_its_own_and_a_known_kind():
    kinds = {"conflict", "invalid", "forbidden", "missing", "stale", "busy"}
    codes: dict[str, type[Reason]] = {}
    for reason in every_reason():
        assert reason.kind in kinds, reason
        assert re.fullmatch(r"[a-z][a-z0-9_]*", reason.code), reason
        assert reason.code != Reason.code, f"{reason} has no code of its own"
        assert reason.code not in codes, f"{reason} and {codes[reason.code]} share the code {reason.code}"
        codes[reason.code] = reason


def _specimen(kind: type[Reason]) -> Reason:
    """One reason of this kind, with plausible facts by their types."""
    moment = datetime(2026, 9, 1, 0, 0, tzinfo=UTC)
    by_type = {int: 1, str: "x", bool: True, datetime: moment, date: moment.date(), float: 1.0}
    by_type[Span] = Span(moment, moment + timedelta(hours=2))
    facts = {}
    for each, hint in typing.get_type_hints(kind).items():
        if typing.get_origin(hint) is typing.ClassVar:
            continue
        choices = [choice for choice in typing.get_args(hint) if choice in by_type]
        whole = typing.get_origin(hint) or hint
        facts[each] = (
            by_type[hint] if hint in by_type else whole() if whole in (tuple, list, frozenset) else by_type[choices[0]]
        )
        if each in ("end", "latest", "until"):
            facts[each] = moment + timedelta(hours=2)
    if kind is Invalid:
        facts = {"field": "title", "problem": "missing"}
    return kind(**facts)


@pytest.fixture
def speaking(tmp_path):
    """The application, to speak with; no database is touched."""
    from app import create_app

    return create_app(
        {"TESTING": True, "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "INSTANCE_PATH": str(tmp_path)}
    )


def test_every_reason_is_worded_in_both_languages(speaking):
    from flask_babel import force_locale

    from app.entrypoints import wording

    silent = []
    with speaking.test_request_context("/"):
        for kind in every_reason():
            if kind not in wording.SENTENCES:
                silent.append(f"{kind.code}: app/entrypoints/wording does not know it")
                continue
            with force_locale("en"):
                english = wording.say(_specimen(kind), {})
            with force_locale("zh"):
                chinese = wording.say(_specimen(kind), {})
            if not english.strip() or CHINESE.search(english):
                silent.append(f"{kind.code} in English: {english!r}")
            if not CHINESE.search(chinese):
                silent.append(f"{kind.code} in Chinese: {chinese!r}")
    assert not silent


def test_every_problem_of_a_field_is_worded(speaking):
    """`Invalid(field, problem)` names both by short codes; each code in the source has words."""
    from flask_babel import force_locale

    from app.entrypoints.wording.fields import problem_text

    problems = set()
    for path in (PROJECT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).split(".")[-1] == "Invalid"
                and len(node.args) == 2
            ):
                problem = node.args[1]
                if isinstance(problem, ast.Constant):
                    problems.add(str(problem.value))
    with speaking.test_request_context("/"), force_locale("zh"):
        assert sorted(code for code in problems if not CHINESE.search(problem_text(code))) == []


def test_the_written_glossary_is_complete():
    """Each area and each kept thing has its line in docs/glossary.md, in both languages."""
    text = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("|") and CHINESE.search(row)]
    words = {
        cell.strip().lower().strip("`")
        for row in rows
        for part in row.split("|")
        for cell in re.split(r"[,;/()]", part)
    }
    from app.database import db

    assert every_reason()  # it loads every module, and with them every table
    things = {mapper.class_.__name__ for mapper in db.Model.registry.mappers}
    needed = {area for area in AREAS if (PROJECT / "app" / area).is_dir()}
    needed |= {" ".join(re.findall(r"[A-Z][a-z0-9]*", thing)).lower() for thing in things}
    assert sorted(each for each in needed if each not in words and each.replace(" ", "-") not in words) == []


def test_extraction_sees_the_templates(used):
    """If the extraction found nothing, the tests above would be true of nothing."""
    assert any(file.endswith(".html") for file in used.values())
    assert any(file.endswith(".py") for file in used.values())
