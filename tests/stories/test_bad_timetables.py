"""Bad input for a timetable: refused with a sentence or named by row, with nothing half applied."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter
from sqlalchemy import text

from app.database import db

WEEK_1 = "2026-09-07"
HEAD = ["教学班", "课程名称", "开课学院", "校区", "教师", "周次", "星期", "节次", "教室"]
GOOD = ["C-01", "机械制图", "机械学院", "东区", "王老师", "1-2周", "一", "1-2", "东楼101"]


def workbook(*rows: list, prepare=None) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("课表")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    if prepare:
        prepare(book, sheet)
    book.close()
    return target.getvalue()


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    return target.getvalue()


@pytest.fixture
def take_in(cli, tmp_path):
    """`take_in(content)` gives the file to the command and answers with how it ended."""

    def run(content: bytes, *words: str):
        file = tmp_path / "timetable"
        file.write_bytes(content)
        return cli("import-timetable", str(file), "--term-start", WEEK_1, "--language", "en", *words)

    return run


@pytest.fixture
def bookings(app):
    """Periods and titles of everything that is booked."""

    def titles_and_periods() -> list[tuple[str, str]]:
        with app.app_context():
            query = (
                "SELECT b.title, d.periods FROM booking_date d JOIN booking_booking b ON b.id = d.booking_id "
                "ORDER BY b.title, d.starts_at"
            )
            return [tuple(row) for row in db.session.execute(text(query))]

    return titles_and_periods


@pytest.mark.parametrize(
    ("problem", "content"),
    [
        ("empty", b""),
        ("encoding", b"\x81\xff\xfe\x00" * 20),
        ("too_many_rows", b"1\n" * 1_000_000),
        ("bomb", bomb()),
        ("broken", workbook(HEAD, GOOD)[:-30]),
        ("web_page", "<html><table><tr><td>课程".encode()),
        ("too_deep", b"[" * 100_000),
        ("not hold", "说明,见教务处\n联系人,张老师".encode()),
    ],
)
def test_a_file_that_cannot_be_read_gets_a_sentence_and_changes_nothing(take_in, bookings, problem, content):
    result = take_in(content)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: timetable")
    assert problem in result.stderr
    assert bookings() == []


def test_a_term_without_a_start_is_asked_for(cli, tmp_path, bookings):
    file = tmp_path / "timetable.xlsx"
    file.write_bytes(workbook(HEAD, GOOD))
    result = cli("import-timetable", str(file))
    assert result.exit_code == 2
    assert "--term-start" in result.stderr
    assert bookings() == []


def test_merged_cells_and_ragged_rows_are_read_as_they_are_meant(take_in, bookings):
    def prepare(book, sheet):
        for column, words in enumerate(GOOD[:5]):
            sheet.merge_range(1, column, 2, column, words)
        sheet.write_row(1, 5, GOOD[5:])
        sheet.write_row(2, 5, ["3周", "二", "3-4", "东楼102"])
        sheet.write_row(3, 0, ["C-02", "电工基础", "机械学院", "东区", "李老师", "1周", "五", "5-6"])

    result = take_in(workbook(HEAD, prepare=prepare))
    assert result.exit_code == 0, result.output
    assert bookings() == [("机械制图", "1-2"), ("机械制图", "1-2"), ("机械制图", "3-4")]
    assert "no_room=1" in result.stdout
    assert "unreadable=0" in result.stdout


def test_each_kind_of_mistake_is_named_by_its_row_and_the_good_rows_come_in(take_in, bookings):
    def prepare(book, sheet):
        sheet.write_datetime(2, 5, datetime(2026, 1, 2), book.add_format({"num_format": "m-d"}))

    rows = [
        GOOD,
        ["C-02", *GOOD[1:5], "", *GOOD[6:]],
        ["C-03", *GOOD[1:5], "九月一日起", *GOOD[6:]],
        ["C-04", *GOOD[1:6], "八", *GOOD[7:]],
        ["C-05", *GOOD[1:7], "上午", GOOD[8]],
        ["C-06", *GOOD[1:5], "=F2", *GOOD[6:]],
        ["", "", *GOOD[2:]],
        ["注：以教务处通知为准"],
    ]
    result = take_in(workbook(HEAD, *rows, prepare=prepare))
    assert result.exit_code == 0, result.output
    assert [title for title, _ in bookings()] == ["机械制图"] * 2
    assert "unreadable=7" in result.stdout
    for words in (
        "row 3 (C-02)",
        "row 4 (C-03)",
        "row 5 (C-04)",
        "row 6 (C-05)",
        "row 7 (C-06)",
        "row 8 (?)",
        "row 9 (",
    ):
        assert words in result.stdout


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_of_a_list_comes_in_alike(take_in, bookings, encoding):
    content = "\r\n".join(",".join(row) for row in (HEAD, GOOD)).encode(encoding)
    result = take_in(content)
    assert result.exit_code == 0, result.output
    assert bookings() == [("机械制图", "1-2"), ("机械制图", "1-2")]
