"""Uploads: what people bring is opened as the text they see, within bounds of time and memory, or refused by name."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.lessons.layout import read, recognise
from app.entrypoints.uploads import workbook
from app.entrypoints.uploads.opening import open_upload
from app.entrypoints.uploads.workbook import LONGEST_CELL, MOST_BYTES, MOST_ROWS, PROBLEMS, UnreadableUpload
from tests.servers import PROJECT

ROWS = [["课程", "周次", "星期", "节次"], ["钳工", "1-8周", "一", "1-2"]]


def xlsx(*rows: list, prepare=None, name: str = "课表", **options) -> bytes:
    """A workbook of one sheet; `prepare(book, sheet)` may add what rows of values cannot say."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False} | options)
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    if prepare:
        prepare(book, sheet)
    book.close()
    return target.getvalue()


def xls(*rows: list, prepare=None) -> bytes:
    target = io.BytesIO()
    book = xlwt.Workbook()
    sheet = book.add_sheet("课表")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    if prepare:
        prepare(book, sheet)
    book.save(target)
    return target.getvalue()


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return target.getvalue()


def with_sheet(xml: str, shared: str = "") -> bytes:
    """A workbook whose one sheet is this XML."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return zipped({
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": f'{head}<workbook xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": b'<R><Relationship Id="a" Target="worksheets/sheet1.xml"/></R>',
        "xl/worksheets/sheet1.xml": f"{head}{xml}".encode(),
        **({"xl/sharedStrings.xml": f"{head}{shared}".encode()} if shared else {}),
    })  # fmt: skip


def rows_of(content: bytes) -> list[list[str]]:
    (sheet,) = open_upload(content).sheets
    return sheet.rows


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableUpload) as refusal:
        open_upload(content)
    assert refusal.value.problem in PROBLEMS
    return refusal.value.problem


# ── every kind comes in alike ──

CSV = "\r\n".join(",".join(row) for row in ROWS)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("xlsx", xlsx(*ROWS)),
        ("xls", xls(*ROWS)),
        ("csv", CSV.encode()),
        ("csv", CSV.encode("utf-8-sig")),
        ("csv", CSV.encode("gb18030")),
        ("csv", CSV.encode("utf-16")),
        ("csv", CSV.replace(",", "\t").encode()),
        ("csv", CSV.replace(",", ";").encode()),
        ("csv", gzip.compress(CSV.encode(), mtime=0)),
    ],
)
def test_the_same_table_in_every_kind_of_file(kind, content):
    opened = open_upload(content)
    assert opened.kind == kind
    assert opened.sheets[0].rows == ROWS
    assert recognise(opened.sheets) == "long_table"
    assert len(read("long_table", opened.sheets, last_week=18).lessons) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_json_in_every_encoding_packed_or_not(encoding):
    content = {"kbList": [{"kcmc": "钳工", "xqj": "1"}]}
    raw = json.dumps(content, ensure_ascii=False).encode(encoding)
    for each in (raw, b"\n " + raw if encoding in ("utf-8", "gb18030") else raw, gzip.compress(raw, mtime=0)):
        opened = open_upload(each)
        assert (opened.kind, opened.content) == ("json", content)


def test_the_first_bytes_say_what_a_file_is_not_its_name():
    """`open_upload` is never told the name, so `课表.xls` that is an xlsx inside opens as what it is."""
    assert open_upload(xlsx(*ROWS)).kind == "xlsx"


# ── as people see it ──


def test_numbers_dates_and_truth_as_people_see_them():
    def prepare(book, sheet):
        day = book.add_format({"num_format": 'm"月"d"日"'})
        clock = book.add_format({"num_format": "h:mm"})
        sheet.write_datetime(1, 0, datetime(2026, 1, 16), day)
        sheet.write_datetime(1, 1, clock_time(8, 0), clock)
        sheet.write_number(1, 2, 7, book.add_format({"num_format": "0000"}))
        sheet.write_boolean(1, 3, True)
        sheet.write_datetime(1, 4, datetime(2026, 1, 16, 8, 30), book.add_format({"num_format": "yyyy/m/d h:mm"}))

    found = rows_of(xlsx([3.0, 1.5, 12, 0.1 + 0.2, 1e20], prepare=prepare))
    assert found[0] == ["3", "1.5", "12", "0.3", "1e+20"]
    assert found[1] == ["2026-01-16", "08:00", "0007", "TRUE", "2026-01-16 08:30"]


def test_the_old_workbook_shows_the_same():
    def prepare(book, sheet):
        sheet.write(1, 0, date(2026, 1, 16), xlwt.easyxf(num_format_str="D-MMM"))
        sheet.write(1, 1, 7, xlwt.easyxf(num_format_str="0000"))
        sheet.write(1, 2, True)
        sheet.write(1, 3, clock_time(8, 0), xlwt.easyxf(num_format_str="h:mm"))

    assert rows_of(xls([3.0, 1.5], prepare=prepare)) == [["3", "1.5"], ["2026-01-16", "0007", "TRUE", "08:00"]]


def test_dates_count_from_1904_where_the_workbook_says_so():
    def prepare(book, sheet):
        sheet.write_datetime(0, 0, datetime(2026, 1, 16), book.add_format({"num_format": "yyyy-mm-dd"}))

    assert rows_of(xlsx(prepare=prepare, date_1904=True)) == [["2026-01-16"]]


def test_weeks_that_excel_made_a_date_of_are_named_never_guessed():
    def prepare(book, sheet):
        sheet.write_row(1, 0, ["钳工", "", "一", "1-2"])
        sheet.write_datetime(1, 1, datetime(2026, 1, 16), book.add_format({"num_format": "d-mmm"}))

    opened = open_upload(xlsx(ROWS[0], prepare=prepare))
    found = read("long_table", opened.sheets, last_week=18)
    assert [(fault.row, fault.part, fault.text) for fault in found.unreadable] == [(2, "date", "2026-01-16")]


def test_a_formula_is_its_kept_result_and_never_worked_out():
    def prepare(book, sheet):
        sheet.write_formula(0, 0, '="1-"&"8周"', None, "1-8周")
        sheet.write_formula(0, 1, "=1+2", None, 3)

    assert rows_of(xlsx(prepare=prepare)) == [["1-8周", "3"]]


def test_a_formula_without_a_result_is_shown_as_one_and_the_row_is_named():
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active["B2"] = '="1-8"&"周"'
    target = io.BytesIO()
    book.save(target)
    opened = open_upload(target.getvalue())
    assert opened.sheets[0].rows[1][1].startswith("=")
    found = read("long_table", opened.sheets, last_week=18)
    assert [(fault.row, fault.part) for fault in found.unreadable] == [(2, "formula")]


@pytest.mark.parametrize("kind", [xlsx, xls])
def test_merged_cells_give_every_row_their_text(kind):
    def prepare(book, sheet):
        merge = (
            sheet.merge_range
            if kind is xlsx
            else lambda top, left, bottom, right, text: sheet.write_merge(top, bottom, left, right, text)
        )
        merge(1, 0, 3, 0, "钳工")
        merge(1, 1, 2, 2, "1-8周")
        sheet.write(3, 2, "x")

    found = rows_of(kind(["课程", "周次", "周次"], prepare=prepare))
    assert found == [
        ["课程", "周次", "周次"],
        ["钳工", "1-8周", "1-8周"],
        ["钳工", "1-8周", "1-8周"],
        ["钳工", "", "x"],
    ]


def test_a_wide_title_is_not_spread_over_the_columns():
    def prepare(book, sheet):
        sheet.merge_range(0, 0, 0, 11, "2026-2027学年课表")

    assert rows_of(xlsx(prepare=prepare)) == [["2026-2027学年课表"]]


def test_rich_text_and_escaped_signs_are_plain():
    shared = '<sst><si><r><t>钳</t></r><r><t>工</t></r><rPh sb="0" eb="1"><t>qian</t></rPh></si><si><t>a_x000A_b</t></si></sst>'
    cells = '<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><t>c</t></is></c>'
    sheet = f'<worksheet><sheetData><row r="2">{cells}</row></sheetData></worksheet>'
    assert rows_of(with_sheet(sheet, shared)) == [[], ["钳工", "a\nb", "c"]]


def test_hidden_sheets_are_named_but_not_read():
    def prepare(book, sheet):
        hidden = book.add_worksheet("旧课表")
        hidden.write(0, 0, "x")
        hidden.hide()

    opened = open_upload(xlsx(*ROWS, prepare=prepare))
    assert [sheet.name for sheet in opened.sheets] == ["课表"]
    assert opened.hidden == ("旧课表",)


def test_rows_keep_their_numbers_over_gaps():
    def prepare(book, sheet):
        sheet.write(9, 2, "x")

    found = rows_of(xlsx(["a"], prepare=prepare))
    assert (len(found), found[9]) == (10, ["", "", "x"])


def test_a_grid_of_an_old_workbook_with_merged_rows_becomes_lessons():
    """A sheet for each class, its title over all columns, a course over two rows of periods, two courses in one cell."""

    def prepare(book, sheet):
        sheet.write_merge(0, 0, 0, 7, "机电2401班课表")
        for column, head in enumerate(["", "节次", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"]):
            sheet.write(1, column, head)
        sheet.write_merge(2, 3, 0, 0, "上午")
        sheet.write(2, 1, "1")
        sheet.write(3, 1, "2")
        two = "数控编程\n王师傅(技师)\n1-4,6-17[周]\nA101\n电工基础\n李工\n5[周]\nB202"
        sheet.write_merge(2, 3, 2, 2, two)

    opened = open_upload(xls(prepare=prepare))
    assert recognise(opened.sheets) == "grid"
    found = read("grid", opened.sheets, last_week=18)
    assert found.unreadable == []
    assert [(each.title, each.periods, each.room, each.class_name, each.where) for each in found.lessons] == [
        ("数控编程", (1, 2), "A101", "机电2401班", "课表!C3"),
        ("电工基础", (1, 2), "B202", "机电2401班", "课表!C3"),
    ]


@given(
    st.lists(
        st.lists(
            st.one_of(st.integers(-(10**9), 10**9), st.sampled_from(["钳工", "a b", "1-8周", "\n", ""])), max_size=6
        ),
        max_size=6,
    )
)
def test_our_reader_sees_what_openpyxl_sees(rows):
    rows = [*rows, ["end"]]
    content = xlsx(*rows)
    theirs = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    expected = [["" if cell.value is None else str(cell.value) for cell in row] for row in theirs.iter_rows()]
    width = max(map(len, expected))
    assert [row + [""] * (width - len(row)) for row in rows_of(content)] == expected


# ── refused by name ──


@pytest.mark.parametrize(
    ("problem", "content"),
    [
        ("empty", b""),
        ("empty", b" \r\n\t"),
        ("empty", b",,,\n,,"),
        ("empty", xlsx()),
        ("empty", xls()),
        ("web_page", "<html><table><tr><td>课表".encode()),
        ("web_page", b'<?xml version="1.0"?><Workbook/>'),
        ("web_page", b"\xef\xbb\xbf<!DOCTYPE html><html>"),
        ("web_page", b"MIME-Version: 1.0\nX-Document-Type: Workbook"),
        ("not_a_table", b"%PDF-1.7\n"),
        ("not_a_table", zipped({"readme.txt": b"x"})),
        ("other_office", zipped({"[Content_Types].xml": b"<T/>", "word/document.xml": b"<d/>"})),
        ("other_office", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})),
        ("broken", b"PK\x03\x04" + b"\0" * 60),
        ("broken", xlsx(*ROWS)[:-40]),
        ("broken", xls(*ROWS)[:1000]),
        ("broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("broken", gzip.compress(CSV.encode(), mtime=0)[:-9]),
        ("broken", with_sheet("<worksheet><sheetData><row><c>")),
        ("broken", with_sheet('<worksheet><sheetData><row r="x"/></sheetData></worksheet>')),
        ("broken", with_sheet('<worksheet><sheetData><row><c r="AAAAA1"/></row></sheetData></worksheet>')),
        ("broken", with_sheet('<worksheet><sheetData><row><c t="s"><v>9</v></c></row></sheetData></worksheet>')),
        ("broken", with_sheet('<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>')),
        ("broken_json", b'{"kbList": ['),
        ("broken_json", b"[1] x"),
        ("broken_json", b"[" + b"9" * 6000 + b"]"),
        ("too_deep", b"[" * 100_000 + b"]" * 100_000),
        ("too_deep", b'{"a":' * 50 + b"1" + b"}" * 50),
        ("encoding", b"\x81\xff\xfe\x00" * 9),
        ("encoding", "課程,週次".encode("big5") + b"\xff\xff"),
        ("encoding", b"a,b\0c"),
        ("encoding", b"\xff\xfe\x00"),
        ("broken_csv", b'a,"' + b"x" * 200_000),
    ],
)
def test_what_cannot_be_opened_is_refused_by_name(problem, content):
    assert refused(content) == problem


def test_a_password_is_asked_for_by_nobody():
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert refused(locked) == "locked"
    with zipfile.ZipFile(io.BytesIO(xlsx(*ROWS))) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    content = bytearray(zipped(parts))
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refused(bytes(content)) == "locked"


def test_cells_past_the_bounds_are_refused_or_cut():
    assert refused(b"a" * (MOST_BYTES + 1)) == "too_large"
    assert refused(xlsx([""] * 300 + ["x"])) == "too_many_columns"
    assert refused(("," * 300 + "x").encode()) == "too_many_columns"
    assert refused(b"a\n" * (MOST_ROWS + 1)) == "too_many_rows"
    assert refused(b"[" + b"[]," * 300_000 + b"0]") == "too_many_cells"
    assert refused(b"[" + b"1," * 2_000_000 + b"1]") == "too_many_cells"
    (row,) = rows_of(("x" * 50_000).encode())
    assert len(row[0]) == LONGEST_CELL
    assert row[0].endswith("…")
    (row,) = rows_of(xlsx(["x" * 30_000]))
    assert len(row[0]) == LONGEST_CELL


# ── files made to hurt ──


def bomb_of_noughts() -> bytes:
    """Sixty megabytes of spaces inside sixty kilobytes."""
    return _replaced(b"<worksheet><sheetData>" + b" " * 60_000_000 + b"</sheetData></worksheet>")


def _replaced(sheet: bytes, shared: bytes = b"") -> bytes:
    with zipfile.ZipFile(io.BytesIO(with_sheet("<worksheet/>"))) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet
    if shared:
        parts["xl/sharedStrings.xml"] = shared
    return zipped(parts)


def lying_about_its_size() -> bytes:
    """Declares 10 bytes for a part that unpacks to sixty megabytes."""
    content = bytearray(bomb_of_noughts())
    size = (60_000_000 + len(b"<worksheet><sheetData></sheetData></worksheet>")).to_bytes(4, "little")
    return bytes(content).replace(size, (10).to_bytes(4, "little"))


def a_million_rows() -> bytes:
    def prepare(book, sheet):
        for row in range(1_000_000):
            sheet.write_number(row, 0, 1)

    return xlsx(prepare=prepare, constant_memory=True, in_memory=False)


def one_cell_far_away() -> bytes:
    return xlsx(["a"], prepare=lambda _, sheet: sheet.write(1_048_575, 16_383, "b"))


def one_cell_far_away_in_xls() -> bytes:
    return xls(["a"], prepare=lambda _, sheet: sheet.write(65_535, 255, "b"))


def one_endless_tag() -> bytes:
    """An attribute of 40 MB of letters that repeat seldom enough to pass for a real file."""
    letters = b"".join(b"%08x" % (number * 2_654_435_761 % 2**32) for number in range(1_800_000))
    return _replaced(b'<worksheet a="' + letters + b'"/>')


def many_empty_cells() -> bytes:
    cells = b"".join(b'<c s="%d"/>' % (number * 7919 % 65_536) for number in range(900_000))
    return _replaced(b"<worksheet><sheetData><row>" + cells + b"</row></sheetData></worksheet>")


def many_merges() -> bytes:
    merges = b"".join(b'<mergeCell ref="A%d:IV%d"/>' % (number, number + 200) for number in range(1, 20_000))
    rows = b"".join(b'<row r="%d"><c t="str"><v>%d</v></c></row>' % (n, n * 7919) for n in range(1, 20_200))
    return _replaced(
        b"<worksheet><sheetData>" + rows + b"</sheetData><mergeCells>" + merges + b"</mergeCells></worksheet>"
    )


def many_long_texts() -> bytes:
    texts = b"".join(b"<si><t>%s%d</t></si>" % ("课".encode() * 500, number * 7919) for number in range(50_000))
    return _replaced(b"<worksheet/>", b"<sst>" + texts + b"</sst>")


def packed_noughts() -> bytes:
    return gzip.compress(b"[" + b" " * 200_000_000, mtime=0)


def many_sheets_in_xls() -> bytes:
    target = io.BytesIO()
    book = xlwt.Workbook()
    for number in range(120):
        book.add_sheet(f"s{number}").write(59_000, 200, "x")
    book.save(target)
    return target.getvalue()


HURTFUL = {
    bomb_of_noughts: "bomb",
    lying_about_its_size: "broken",
    a_million_rows: "too_many_rows",
    one_cell_far_away: "too_many_rows",
    one_cell_far_away_in_xls: "too_many_rows",
    one_endless_tag: "broken",
    many_empty_cells: "too_many_cells",
    many_merges: "too_many_cells",
    many_long_texts: "bomb",
    packed_noughts: "too_large_unpacked",
    many_sheets_in_xls: "too_many_cells",
}

MEASURE = """
import resource, sys, time
from pathlib import Path
from app.entrypoints.uploads.opening import open_upload
from app.entrypoints.uploads.workbook import UnreadableUpload
import openpyxl, xlrd
content = Path(sys.argv[1]).read_bytes()
before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    open_upload(content)
    answer = "opened"
except UnreadableUpload as refusal:
    answer = refusal.problem
print(answer, time.process_time() - started, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def measured(content: bytes, folder: Path) -> tuple[str, float, float]:
    """What a process of its own answers, its seconds, and the megabytes it grew by."""
    file = folder / "upload"
    file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    answer, seconds, megabytes = done.stdout.split()
    return answer, float(seconds), float(megabytes)


@pytest.mark.slow
@pytest.mark.parametrize("make", HURTFUL, ids=lambda make: make.__name__)
def test_files_made_to_hurt_are_refused_quickly_in_little_memory(make, tmp_path):
    content = make()
    answer, seconds, megabytes = measured(content, tmp_path)
    assert answer == HURTFUL[make]
    assert seconds < 2 + 2 * len(content) / 2**20
    assert megabytes < 100


@pytest.mark.slow
@pytest.mark.parametrize("kind", [xlsx, xls])
def test_a_large_honest_timetable_opens_within_two_seconds_a_megabyte(kind, tmp_path):
    rows = [
        [
            f"C{n}",
            f"课程{n % 900}",
            f"教师{n % 700}",
            f"1-{n % 18 + 1}周",
            "一二三四五"[n % 5],
            "1-2",
            f"A{n % 300}",
            n % 60,
        ]
        for n in range(30_000)
    ]
    content = kind(*rows)
    answer, seconds, megabytes = measured(content, tmp_path)
    assert answer == "opened"
    assert seconds < 2 * max(1, len(content) / 2**20)
    assert megabytes < 100


# ── whatever the bytes ──

STARTS = st.sampled_from(
    [
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x1f\x8b\x08",
        b"[",
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b'a,"',
        b"<",
    ]
)


def outcome(content: bytes) -> str:
    """How opening ends; anything but an opened file or a named refusal is an error."""
    try:
        open_upload(content)
    except UnreadableUpload as refusal:
        return refusal.problem
    return "opened"


@given(STARTS, st.binary(max_size=300))
def test_any_bytes_are_opened_or_refused(start, content):
    assert outcome(start + content) in (*PROBLEMS, "opened")


GOOD = [xlsx(*ROWS), xls(*ROWS), gzip.compress(CSV.encode(), mtime=0)]


@given(st.sampled_from(GOOD), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_file_with_any_bytes_changed_is_opened_or_refused(content, changes):
    changed = bytearray(content)
    for where, value in changes:
        changed[min(int(where * len(changed)), len(changed) - 1)] = value
    started = time.process_time()
    assert outcome(bytes(changed)) in (*PROBLEMS, "opened")
    assert time.process_time() - started < 2


MARKS = st.sampled_from(
    [
        "<c>",
        "</c>",
        "<c r='B2' t='s'>",
        "<c t='n' s='9'>",
        "<v>",
        "</v>",
        "1",
        "1e999",
        "nan",
        "x",
        "<f>",
        "</f>",
        "<row>",
        "</row>",
    ]
)


@given(st.lists(MARKS, max_size=12), st.booleans())
def test_a_sheet_of_any_marks_is_opened_or_refused(marks, is_number):
    body = "".join(marks) if not is_number else f"<c><v>{''.join(mark for mark in marks if '<' not in mark)}</v></c>"
    assert outcome(with_sheet(f"<worksheet><sheetData><row>{body}</row></sheetData></worksheet>")) in (
        *PROBLEMS,
        "opened",
    )


def test_dates_that_are_none_stay_numbers():
    assert workbook.date_text(-1.0, since_1904=False) == "-1"
    assert workbook.date_text(3e6, since_1904=False) == "3000000"
    assert workbook.date_text(46038, since_1904=False) == "2026-01-16"
