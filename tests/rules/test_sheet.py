"""Sheets: every fault is named with row and column, equal rows change nothing, and nothing is guessed."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.catalogue.rules.exchange import Entry, KeptEntry, entry_of, plan, values_of
from app.catalogue.rules.form import AssetForm, LabForm, UnitForm
from app.catalogue.rules.sheet import COLUMNS, MOST_ROWS, Fault, Words, read_sheet
from app.catalogue.rules.unit import Held

KINDS = {"room": "room", "整间": "room", "machine": "machine", "设备": "machine", "pool": "pool", "设备组": "pool"}
WORDS = Words(
    headings={column.field: column.field for column in COLUMNS} | {"基地编号": "base_code"},
    choices={
        "kind": KINDS,
        "sharing": {"external": "external", "不共享": "none", "none": "none"},
        "source": {"purchased": "purchased"},
        "category": {"general": "general", "专用": "special"},
        "funding": {"own": "own"},
        "condition": {"normal": "normal"},
    },
    yes=frozenset({"是", "yes"}),
    no=frozenset({"否", "no"}),
)
HEAD = "base_code,lab_code,kind,code,name_zh"


def read(text: str):
    """The sheet written as lines of cells with commas between them."""
    return read_sheet(csv.reader(io.StringIO(text.strip())), WORDS)


def faults(text: str) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.field, fault.problem) for fault in read(text).faults]


def test_a_row_is_a_unit_and_a_rooms_row_is_its_lab():
    sheet = read(f"{HEAD},seats\nB1,A101,整间,,机加工,40\nB1,A101,设备,C-01,车床,")
    assert sheet.faults == ()
    assert [row.key for row in sheet.rows] == [("B1", "A101", "A101"), ("B1", "A101", "C-01")]
    assert sheet.rows[0].values["seats"] == 40


def test_headings_may_stand_in_any_order_language_and_case():
    assert read("NAME_ZH*,code,Kind,lab_code,基地编号\n车床,C-01,machine,A101,B1").faults == ()


def test_every_fault_in_a_row_is_named_with_its_column():
    head = f"{HEAD},capacity,original_value_fen,started_on,needs_approval,sharing"
    assert faults(f"{head}\n,A101,robot,,,many,1.234,2024-02-30,perhaps,secret") == [
        (2, "base_code", "missing"),
        (2, "kind", "unknown"),
        (2, "name_zh", "missing"),
        (2, "capacity", "not_a_number"),
        (2, "original_value_fen", "not_an_amount"),
        (2, "started_on", "not_a_day"),
        (2, "needs_approval", "not_yes_or_no"),
        (2, "sharing", "unknown"),
        (2, "code", "missing"),
    ]


def test_rows_count_as_the_sheet_counts_them():
    assert faults(f"{HEAD}\n\n,,,,\nB1,A101,machine,,车床") == [(4, "code", "missing")]


@pytest.mark.parametrize("cell", ["=1+1", "＝cmd", '=HYPERLINK("x")'])
def test_a_formula_is_refused(cell):
    line = io.StringIO()
    csv.writer(line).writerow(["B1", "A101", "machine", "C-01", cell])
    assert faults(f"{HEAD}\n{line.getvalue()}") == [(2, "name_zh", "formula")]


def test_ragged_rows_are_named():
    assert faults(f"{HEAD}\nB1,A101,machine,C-01\nB1,A101,machine,C-02,车床,too much\nB1,A101,machine,C-03,车床,,") == [
        (2, "", "ragged"),
        (3, "", "ragged"),
    ]


def test_one_unit_stands_in_the_sheet_once():
    assert read(f"{HEAD}\nB1,A101,machine,C-01,车床\nB1,A101,machine,C-01,铣床").faults == (
        Fault(3, "code", "twice", "2"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(0, "", "empty")]),
        (",,\n , ", [(0, "", "empty")]),
        (HEAD, [(0, "", "empty")]),
        (f"{HEAD},colour\nB1,A101,machine,C-01,车床,red", [(1, "", "unknown_column")]),
        (f"{HEAD},code\n", [(1, "code", "column_twice")]),
        ("base_code,lab_code,code,name_zh\n", [(1, "kind", "column_missing")]),
        (",".join(f"c{n}" for n in range(90)), [(0, "", "too_many_columns")]),
    ],
)
def test_a_sheet_that_is_none_says_so(text, expected):
    assert faults(text) == expected


def test_too_many_rows_are_not_read_to_the_end():
    seen = []

    def endless():
        yield HEAD.split(",")
        while True:
            seen.append(1)
            yield ["B1", "A101", "machine", f"C-{len(seen)}", "车床"]

    assert read_sheet(endless(), WORDS).faults == (Fault(0, "", "too_many_rows"),)
    assert len(seen) <= MOST_ROWS + 1


@pytest.mark.parametrize(
    "text", ["2024-09-01", "2024/9/1", "2024.9.1", "2024年9月1日", "20240901", "2024-09-01 00:00:00"]
)
def test_a_day_may_be_written_as_people_write_it(text):
    sheet = read(f"{HEAD},started_on\nB1,A101,machine,C-01,车床,{text}")
    assert sheet.rows[0].values["started_on"] == date(2024, 9, 1)


# ── what a sheet would do ──

ROOM = Entry(LabForm("A101", "机加工", seats=40), UnitForm("room", "A101", "机加工"), AssetForm())
LATHE = Entry(None, UnitForm("machine", "C-01", "车床"), AssetForm(manufacturer="沈阳", original_value_fen=12_345_600))
TIGS = Entry(None, UnitForm("pool", "T", "氩弧焊机", capacity=5), AssetForm(class_codes=(("own", "77"),)))
KEPT = {
    ("B1", "A101", "A101"): KeptEntry(1, 10, ROOM),
    ("B1", "A101", "C-01"): KeptEntry(2, 10, LATHE),
    ("B1", "A101", "T"): KeptEntry(3, 10, TIGS),
}


def planned(text: str, held=None, allowed=("B1",)):
    return plan(read(text), KEPT, {"B1", "B2"}, allowed, held or {})


def found(text: str, **how) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.field, fault.problem) for fault in planned(text, **how).faults]


def test_equal_rows_change_nothing():
    result = planned(f"{HEAD},manufacturer\nB1,A101,room,,机加工,\nB1,A101,machine,C-01,车床,沈阳")
    assert result.does_nothing
    assert result.counts == (0, 0, 0, 2)


def test_columns_that_are_not_there_leave_things_as_they_are():
    result = planned(f"{HEAD}\nB1,A101,machine,C-01,数控车床")
    assert [(one.fields, one.entry.asset) for one in result.changing] == [(("name_zh",), LATHE.asset)]


def test_new_labs_come_before_what_stands_in_them():
    result = planned(f"{HEAD}\nB1,A102,machine,C-09,磨床\nB1,A102,room,,磨工间")
    assert [one.key for one in result.adding] == [("B1", "A102", "A102"), ("B1", "A102", "C-09")]
    assert result.counts == (1, 1, 0, 0)


def test_what_has_no_place_is_refused():
    assert found(f"{HEAD}\nB9,A101,machine,X,车床\nB2,A101,machine,X,车床\nB1,A999,machine,X,车床") == [
        (2, "base_code", "no_such_base"),
        (3, "base_code", "not_allowed"),
        (4, "lab_code", "no_such_lab"),
    ]


def test_a_unit_stays_of_its_kind_and_a_rooms_code_is_taken():
    assert found(f"{HEAD}\nB1,A101,pool,C-01,车床\nB1,A101,machine,A101,车床") == [
        (2, "kind", "fixed"),
        (3, "kind", "fixed"),
    ]


def test_the_same_rules_hold_as_in_the_form():
    assert found(f"{HEAD},sharing\nB1,A101,machine,X,车床,不共享") == [
        (2, "not_shared_reason", "missing"),
        (2, "not_shared_approver", "missing"),
    ]
    assert found(f"{HEAD},class_own\nB1,A101,machine,X,车床,{'9' * 31}") == [(2, "class_own", "too_long")]


def test_a_pool_is_not_made_smaller_than_what_is_held():
    text = f"{HEAD},capacity\nB1,A101,pool,T,氩弧焊机,2"
    at = datetime(2026, 9, 7, tzinfo=UTC)
    assert found(text, held={3: Held(3, at, at)}) == [(2, "capacity", "held")]
    assert [one.fields for one in planned(text).changing] == [("capacity",)]


def test_a_class_code_can_be_taken_away():
    result = planned(f"{HEAD},class_own\nB1,A101,pool,T,氩弧焊机,")
    assert result.changing[0].entry.asset.class_codes == ()


@pytest.mark.parametrize("entry", [ROOM, LATHE, TIGS])
def test_what_is_written_out_reads_back_as_the_same(entry):
    assert entry_of(values_of(entry), None) == entry
    assert entry_of(values_of(entry), replace(entry, asset=replace(entry.asset, model="X"))) == entry


def test_a_text_that_only_looks_like_a_formula_comes_behind_an_apostrophe():
    sheet = read(f"{HEAD}\nB1,A101,machine,C-01,'=5mm\nB1,A101,machine,C-02,'旧车床")
    assert [row.values["name_zh"] for row in sheet.rows] == ["=5mm", "'旧车床"]
