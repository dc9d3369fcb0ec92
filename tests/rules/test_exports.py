"""Lists as files: nothing runs, numbers stay numbers, names arrive in any language."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from flask import Flask
from flask_babel import Babel

from app.entrypoints import exports

HEAD = ["Name", "Number", "Day", "When", "Shared", "Nothing"]
ROW = ["张三", 1234.5, date(2026, 9, 1), datetime(2026, 9, 1, 0, 30, tzinfo=UTC), True, None]
DANGEROUS = ["=1+1", "+86 139", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "  =1", "\n@x"]


@pytest.fixture(autouse=True)
def speaking():
    application = Flask(__name__)
    Babel(application, default_locale="en")
    with application.test_request_context():
        yield


def as_csv(*rows):
    return list(csv.reader(io.StringIO(exports.as_file("csv", "List", HEAD, rows).get_data().decode("utf-8-sig"))))


def as_sheet(*rows):
    body = exports.as_file("xlsx", "List", HEAD, rows).get_data()
    return openpyxl.load_workbook(io.BytesIO(body)).active


def test_csv_begins_with_the_mark_that_spreadsheets_need():
    assert exports.as_file("csv", "List", HEAD, []).get_data().startswith(b"\xef\xbb\xbf")


def test_a_row_arrives_as_it_was():
    assert as_csv(ROW)[1] == ["张三", "1234.5", "2026-09-01", "2026-09-01 08:30", "yes", ""]
    cells = [cell.value for cell in as_sheet(ROW)[2]]
    assert cells == ["张三", 1234.5, datetime(2026, 9, 1), datetime(2026, 9, 1, 8, 30), "yes", None]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_could_run_is_written_as_text(text):
    assert as_csv([text])[1][0] == f"'{text}"
    cell = as_sheet([text])["A2"]
    assert cell.data_type == "s"
    assert str(cell.value).replace("_x000D_", "\r").strip() == text.strip()


@pytest.mark.parametrize("text", [*DANGEROUS, "'quoted", "plain", ""])
def test_reading_back_gives_the_same_text(text):
    assert exports.plain(as_csv([text, 1])[1][0]) == text


def test_negative_numbers_stay_numbers():
    assert as_csv([-5])[1][0] == "-5"
    assert as_sheet([-5])["A2"].value == -5


@pytest.mark.parametrize("name", ["人员 2026", 'a"b\r\nSet-Cookie: x=1', "../../etc/passwd", "", "x" * 500])
def test_a_file_name_cannot_break_out_of_its_header(name):
    told = exports.disposition(f"{name}.csv")
    assert "\r" not in told
    assert "\n" not in told
    assert told.count('"') == 2
    assert "/" not in told
    assert told.isascii()


def test_a_chinese_name_arrives_as_it_is():
    assert exports.disposition("人员.csv").endswith("filename*=UTF-8''%E4%BA%BA%E5%91%98.csv")


def test_control_signs_and_long_cells_do_no_harm():
    sheet = as_sheet(["a\0b\x01c", "长" * 50_000])
    assert len(sheet["B2"].value) <= 32_767
