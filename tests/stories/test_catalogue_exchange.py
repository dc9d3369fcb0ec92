"""Promises about sheets: one sees before what will happen, it happens whole or not at all, and equal rows stay as they are."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import openpyxl
import pytest
import xlsxwriter
from sqlalchemy import func, insert, select

from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.tables import Asset, ClassCode, Lab, Unit
from app.database import session, transaction
from app.trail.tables import Entry
from tests import world

HEAD = "基地编号,实训室编号,单元类型,代码,中文名称"


@pytest.fixture
def here(app):
    with app.app_context():
        college, company = world.member("college"), world.member("company", "company")
        base = world.training_base("B1", college)
        world.owns(college, base_id=base)
        lab = world.lab(base, "A101", name_zh="车削室", seats=40)
        lathe = world.unit(lab, "C-01", name_zh="数控车床", sharing="external")
        pool = world.unit(lab, "T", "pool", name_zh="=氩弧焊机", capacity=5, setup_minutes=10)
        transaction(lambda: _fill(lathe))
        place = SimpleNamespace(app=app, college=college, base=base, lab=lab, lathe=lathe, pool=pool)
        place.head = world.signed_in(app, world.person("head@x.cn", "钱主任", college, "base_head", "keeper"))
        place.admin = world.signed_in(app, world.person("admin@x.cn", "周管理", college, "administrator"))
        place.stranger = world.signed_in(app, world.person("other@x.cn", "孙外人", company, "member_admin"))
        place.teacher = world.signed_in(app, world.person("teacher@x.cn", "李老师", college, "booker"))
        yield place


def _fill(unit_id: int) -> None:
    row = session().get(Asset, unit_id)
    row.original_value_fen, row.accepted_on, row.model = 28_600_050, date(2024, 9, 1), "CK6140"
    row.specifications = "最大回转直径 400 mm,\n主轴 2000 r/min"
    session().add(ClassCode(unit_id=unit_id, scheme="own", code="机-7"))
    session().add(ClassCode(unit_id=unit_id, scheme="gbt_14885_2022", code="A02100403"))
    session().flush()


def look(client, content: bytes | str, name: str = "units.csv"):
    content = content.encode() if isinstance(content, str) else content
    return client.post("/bases/exchange", data={"sheet": (io.BytesIO(content), name)})


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def waiting(answer) -> dict[str, str]:
    html = answer.get_data(as_text=True)
    return {name: re.search(rf'name="{name}" value="([^"]*)"', html)[1] for name in ("token", "counts")}


def imports() -> int:
    session().rollback()
    return session().scalar(select(func.count(Entry.id)).where(Entry.deed == "catalogue.import"))


def units() -> int:
    session().rollback()
    return session().scalar(select(func.count(Unit.id)))


def test_looking_changes_nothing_and_applying_does_exactly_what_was_shown(here):
    sheet = f'{HEAD},座位数,原值（元）\nB1,A102,整间,,铣削室,24,\nB1,A102,设备,X-01,数控铣床,,"320,000"\n'
    sheet += "B1,A101,设备,C-01,精密车床,,"
    shown = look(here.head, sheet)
    assert shown.status_code == 200
    assert units() == 3
    for words in ("数控车床", "精密车床", "铣削室"):
        assert words in text_of(shown)
    assert waiting(shown)["counts"] == "1-1-1-0"
    assert here.head.post("/bases/exchange/apply", data=waiting(shown)).status_code == 302
    assert units() == 5
    lab = session().scalar(select(Lab).where(Lab.code == "A102"))
    assert (lab.name_zh, lab.seats) == ("铣削室", 24)
    mill = session().scalar(select(Unit.id).where(Unit.code == "X-01"))
    assert session().scalar(select(Asset.original_value_fen).where(Asset.unit_id == mill)) == 32_000_000
    assert imports() == 1
    assert here.head.post("/bases/exchange/apply", data=waiting(shown)).status_code == 422, "it waits only once"
    assert units() == 5


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_what_was_taken_out_comes_in_again_without_a_change(here, form, locale):
    here.head.set_cookie("locale", locale)
    taken = here.head.get(f"/bases/exchange/units?format={form}")
    assert taken.status_code == 200
    shown = look(here.head, taken.data, f"units.{form}")
    assert shown.status_code == 200, text_of(shown)
    assert 'name="token"' not in shown.get_data(as_text=True)
    assert (
        ("没有" in text_of(shown) or "无需导入" in text_of(shown))
        if locale == "zh"
        else "nothing to do" in text_of(shown)
    )
    assert imports() == 0


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_is_a_sheet_without_rows(here, form):
    template = here.head.get(f"/bases/exchange/template?format={form}")
    shown = look(here.head, template.data, f"t.{form}")
    assert shown.status_code == 422
    assert "表格是空的" in text_of(shown)


def test_one_wrong_row_keeps_all_the_others_out(here):
    sheet = f"{HEAD},数量\nB1,A101,设备,N-01,新设备,1\nB1,A101,同型设备组,N-02,,many"
    shown = look(here.head, sheet)
    assert shown.status_code == 422
    assert "第 3 行“中文名称”列" in text_of(shown)
    assert "第 3 行“数量”列" in text_of(shown)
    assert 'name="token"' not in shown.get_data(as_text=True)
    here.head.set_cookie("locale", "en")
    assert "Row 3, column “Chinese name”" in text_of(look(here.head, sheet))
    assert units() == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_usual_encoding_is_read(here, encoding):
    shown = look(here.head, f"{HEAD}\nB1,A101,设备,N-01,镗床\n".encode(encoding))
    assert shown.status_code == 200
    assert "镗床" in text_of(shown)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_divide_too(here, mark):
    assert look(here.head, f"{HEAD}\nB1,A101,设备,N-01,镗床\n".replace(",", mark)).status_code == 200


# ── who may ──


def test_nobody_brings_units_into_another_members_base(here):
    shown = look(here.stranger, f"{HEAD}\nB1,A101,设备,N-01,新设备")
    assert shown.status_code == 422
    assert "无权" in text_of(shown)
    assert look(here.teacher, HEAD).status_code == 403
    assert here.teacher.get("/bases/exchange/units").status_code == 403


def test_a_waiting_sheet_is_its_owners_alone(here):
    shown = look(here.head, f"{HEAD}\nB1,A101,设备,N-01,新设备")
    for client in (here.admin, here.stranger):
        assert client.post("/bases/exchange/apply", data=waiting(shown)).status_code == 422
    assert units() == 3


@pytest.mark.parametrize("token", ["", "x", "../../../etc/passwd", "0" * 32, "\0" * 32])
def test_a_made_up_token_leads_nowhere(here, token):
    answer = here.admin.post("/bases/exchange/apply", data={"token": token, "counts": "0-1-0-0"})
    assert answer.status_code in (400, 422)


def test_when_the_catalogue_changes_meanwhile_one_looks_again(here):
    shown = look(here.head, f"{HEAD}\nB1,A101,设备,N-01,新设备")
    world.unit(here.lab, "N-01", name_zh="新设备", sharing="external")
    answer = here.head.post("/bases/exchange/apply", data=waiting(shown))
    assert answer.status_code == 409
    assert "有变动" in text_of(answer)
    assert imports() == 0


def test_a_sheet_never_makes_a_pool_smaller_than_what_is_booked(here):
    transaction(lambda: _book(here, 3))
    row = f"{HEAD},数量\nB1,A101,同型设备组,T,'=氩弧焊机,"
    shown = look(here.head, row + "2")
    assert shown.status_code == 422
    assert "已有预约" in text_of(shown), re.findall(r"<td>(.*?)</td>", text_of(shown))
    assert look(here.head, row + "3").status_code == 200


def _book(here, quantity: int) -> None:
    now = datetime.now(UTC)
    start = now + timedelta(days=3)
    person = session().scalar(select(world.Person.id).order_by(world.Person.id))
    booking = insert(Booking).values(
        uid="u1",
        title="课",
        purpose="teaching",
        note="",
        requester_id=person,
        holder_id=person,
        member_id=here.college,
        created_at=now,
        changed_at=now,
        version=1,
    )
    booking_id = session().execute(booking.returning(Booking.id)).scalar_one()
    when = {"starts_at": start, "ends_at": start + timedelta(hours=2)}
    dated = insert(BookingDate).values(
        booking_id=booking_id, periods="", state="confirmed", sequence=0, changed_at=now, **when
    )
    date_id = session().execute(dated.returning(BookingDate.id)).scalar_one()
    session().execute(
        insert(Allocation).values(
            unit_id=here.pool, date_id=date_id, quantity=quantity, exclusive=False, holds=True, asked=True, **when
        )
    )


# ── bad files ──


def workbook(write) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    write(book.add_worksheet())
    book.close()
    return out.getvalue()


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def changed(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for part in packed.namelist():
            text = packed.read(part)
            again.writestr(part, text.replace(old, new) if part == name else text)
    return out.getvalue()


GOOD = workbook(
    lambda sheet: [sheet.write_row(0, 0, HEAD.split(",")), sheet.write_row(1, 0, ["B1", "A101", "设备", "N", "车"])]
)
BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'

BAD_FILES = {
    "empty": b"",
    "blank": b" \n \n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
    "no encoding": b"\xff\xff\xfe\x80\x80" * 50,
    "NUL": HEAD.encode() + b"\nB1,A101,\0,,\n",
    "half a zip": GOOD[: len(GOOD) // 2],
    "a zip that is no workbook": archive(readme=b"hello"),
    "no sheet in it": archive(xl__workbook_xml=b"<workbook/>"),
    "a bomb": archive(xl__worksheets__sheet1_xml=b"0" * 60_000_000),
    "entities": archive(xl__workbook_xml=BOMB),
    "broken XML": changed(GOOD, "xl/worksheets/sheet1.xml", b"</row>", b"<row>"),
    "a cell that is nowhere": changed(GOOD, "xl/worksheets/sheet1.xml", b'r="A1"', b'r="ZZZZZ99999999"'),
    "a shared text that is not there": changed(GOOD, "xl/worksheets/sheet1.xml", b"<v>0</v>", b"<v>999999</v>"),
    "a number that is none": changed(GOOD, "xl/worksheets/sheet1.xml", b't="s"><v>0</v>', b"><v>abc</v>"),
    "a million rows": (HEAD + "\n" + "B1,A101,machine,X,Y\n" * 240_000).encode(),
    "a million lines": (HEAD + "\n" * 4_800_000 + "x").encode(),
    "an endless cell": HEAD.encode() + b'\n"' + b"a," * 2_000_000,
    "an endless head": b"a," * 2_400_000,
    "too much": b"a" * 5_400_000,
    "only a head": HEAD.encode(),
    "a wrong head": "谁,什么\n1,2\n".encode(),
    "a formula": workbook(
        lambda s: [s.write_row(0, 0, HEAD.split(",")), s.write_formula(1, 0, '=HYPERLINK("http://x")')]
    ),
    "very many cells": workbook(lambda s: [s.write_number(r, c, 1) for r in range(2000) for c in range(60)]),
}


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_a_sentence_within_two_seconds(here, name):
    began = time.process_time()
    answer = look(here.head, BAD_FILES[name], "sheet.xlsx")
    took = time.process_time() - began
    assert answer.status_code == 422, text_of(answer)[:300]
    assert 'role="alert"' in answer.get_data(as_text=True) or "表格中的错误" in text_of(answer)
    assert took < 2, f"{took:.1f} s"
    assert units() == 3


@pytest.mark.database("sqlite")
def test_a_dimension_that_lies_costs_nothing(here):
    began = time.process_time()
    lying = changed(GOOD, "xl/worksheets/sheet1.xml", b'<dimension ref="A1:E2"/>', b'<dimension ref="A1:XFD1048576"/>')
    far = changed(lying, "xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="1048576"')
    for content in (lying, far):
        assert look(here.head, content, "x.xlsx").status_code < 500
    assert time.process_time() - began < 2


@pytest.mark.database("sqlite")
def test_a_form_without_a_file_asks_for_one(here):
    assert here.head.post("/bases/exchange", data={}).status_code == 422
    assert here.head.post("/bases/exchange", data={"sheet": "text"}).status_code == 422
    assert here.head.post("/bases/exchange", data=b"\0" * 100, content_type="multipart/form-data").status_code < 500


def test_numbers_and_days_of_a_workbook_are_read_as_what_they_are(here):
    book = openpyxl.Workbook()
    book.active.append([*HEAD.split(","), "资产编号", "原值（元）", "验收日期", "需审批"])
    book.active.append(["B1", "A101", "设备", "N-01", "镗床", 20240001, 1234.5, datetime(2024, 9, 1), True])
    out = io.BytesIO()
    book.save(out)
    shown = look(here.head, out.getvalue(), "x.xlsx")
    assert shown.status_code == 200, text_of(shown)
    assert here.head.post("/bases/exchange/apply", data=waiting(shown)).status_code == 302
    session().rollback()
    row = session().scalar(select(Unit).where(Unit.code == "N-01"))
    asset = session().get(Asset, row.id)
    assert row.needs_approval
    assert (asset.inventory_number, asset.original_value_fen, asset.accepted_on) == (
        "20240001",
        123_450,
        date(2024, 9, 1),
    )
