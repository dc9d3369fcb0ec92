"""Opens an upload: what it is, is read from its first bytes, never from its name."""

from __future__ import annotations

from app.entrypoints.uploads import plain
from app.entrypoints.uploads.workbook import MOST_BYTES, UnreadableUpload, Workbook
from app.entrypoints.uploads.xls import open_xls
from app.entrypoints.uploads.xlsx import open_xlsx

_OLE, _GZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PAGES = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<style", b"<?xml", b"<!--", b"mime-version:")
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"BM")


def open_upload(content: bytes) -> Workbook:
    """The upload as sheets of text cells or as a JSON value; raises UnreadableUpload, and nothing else."""
    if len(content) > MOST_BYTES:
        raise UnreadableUpload("too_large")
    if content.startswith(_GZIP):
        content = plain.unzipped(content)
    elif content.startswith(_OLE):
        return _filled(open_xls(content))
    elif content.startswith(_ZIP):
        return _filled(open_xlsx(content))
    return _filled(_open_text(content))


def _open_text(content: bytes) -> Workbook:
    start = content[:400].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_PAGES):
        raise UnreadableUpload("web_page")
    if content.startswith(_OTHERS):
        raise UnreadableUpload("not_a_table")
    text = plain.decoded(content)
    if not text.strip():
        raise UnreadableUpload("empty")
    return plain.open_json(text) if text.lstrip()[0] in "[{" else plain.open_csv(text)


def _filled(book: Workbook) -> Workbook:
    """The same, unless there is nothing in it."""
    if book.kind != "json" and not any(cells for sheet in book.sheets for cells in sheet.rows):
        raise UnreadableUpload("empty")
    return book
