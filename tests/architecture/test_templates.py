"""The pages' source: nothing inline that the strict policy forbids, nothing fetched from elsewhere, all text translatable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.servers import PROJECT

CHINESE = re.compile(r"[\u3400-\u9fff]")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
SPOKEN_AS_THEY_ARE = re.compile(r"中文|共坊|<(\w+)[^>]*\blang=[\"']zh[^>]*>")
"""The language's own name in the switch, the product's, and what says in its tag that it is Chinese."""
CONSTANT_MARKUP = re.compile(r"""\("[^"{}]*" \* \([\w. +-]+\)\)\|safe|(?<=[(,] )'[^'{}]*'\|safe""")
"""A literal of the template's own, alone or repeated: nothing of a user's is in it."""


def _pages(templates: list[Path]) -> list[Path]:
    return [path for path in templates if path.suffix == ".html" and "mail" not in path.parts]


def _text(path: Path) -> str:
    """The template without its comments, each line where it was."""
    return COMMENT.sub(lambda match: "\n" * match[0].count("\n"), path.read_text(encoding="utf-8"))


def _found(paths: list[Path], pattern: str) -> list[str]:
    expression = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    hits = []
    for path in paths:
        text = CONSTANT_MARKUP.sub("", _text(path))
        hits += [
            f"{path.relative_to(PROJECT)}:{text[: match.start()].count(chr(10)) + 1}"
            for match in expression.finditer(text)
        ]
    return hits


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a script in the page", r"<script(?![^>]*\bsrc=)[^>]*>"),
        ("a style in the page", r"<style\b"),
        ("a style attribute", r"<[^>%{]*\sstyle\s*="),
        ("an event attribute", r"<[a-z][^>]*\son[a-z]+\s*="),
        ("a javascript: address", r"=\s*[\"']?\s*javascript:"),
        ("unescaped output", r"\|\s*safe\b"),
        ("auto-escaping switched off", r"\{%-?\s*autoescape\s+false"),
    ],
    ids=lambda text: text.replace(" ", "-") if " " in text and "<" not in text else "",
)
def test_pages_contain_no(what, pattern, templates):
    assert _found(_pages(templates), pattern) == [], what


def test_pages_and_styles_fetch_nothing_from_elsewhere(templates):
    static = PROJECT / "app" / "static"
    files = [*_pages(templates), *static.rglob("*.css"), *static.rglob("*.js")]
    assert (
        _found(
            files,
            r"(src|href|action)\s*=\s*[\"'](https?:)?//|url\(\s*[\"']?(https?:)?//|@import|import\s*\(?[\"']https?:",
        )
        == []
    )


def test_every_page_stands_on_the_one_layout(templates):
    """Whole pages extend `layout.html`; what has no `extends` is a part or a mail."""
    alone = []
    for path in _pages(templates):
        inside = path.relative_to(PROJECT / "app" / "templates")
        if inside.name == "layout.html" or inside.parts[0] == "parts" or inside.name.startswith("_"):
            continue
        if not re.search(r"\{%-?\s*extends\s", path.read_text(encoding="utf-8")):
            alone.append(str(inside))
    assert not alone


def test_no_page_speaks_one_language_only(templates):
    """Chinese written into a template would stay Chinese on the English page: text goes through gettext."""
    spoken = [
        f"{path.relative_to(PROJECT)}:{number} {line.strip()[:60]}"
        for path in templates
        for number, line in enumerate(_text(path).splitlines(), 1)
        if CHINESE.search(SPOKEN_AS_THEY_ARE.sub("", line))
    ]
    assert not spoken


def test_forms_that_change_something_carry_a_token(templates):
    """A post form without the CSRF field would be refused by its own application."""
    form = re.compile(r"<form\b[^>]*method\s*=\s*[\"']post[\"'].*?(</form>|\Z)", re.IGNORECASE | re.DOTALL)
    bare = [
        f"{path.relative_to(PROJECT)}:{text[: found.start()].count(chr(10)) + 1}"
        for path in _pages(templates)
        for text in [_text(path)]
        for found in form.finditer(text)
        if not re.search(r"csrf_token|hidden_tag|form_fields|post_fields|keys\(", found[0])
    ]
    assert not bare
