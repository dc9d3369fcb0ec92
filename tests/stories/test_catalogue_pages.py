"""Promises to whoever looks after the catalogue: what one puts in is there, what makes no sense is told, all of it at once."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select

from app.catalogue.tables import Asset, Lab, Ownership, Party, TrainingBase, Unit
from app.database import db, session
from app.trail.tables import Entry
from tests import world


@pytest.fixture
def here(app):
    """A college with a base, a lab with a lathe and a pool, a company beside it, and people of both."""
    with app.app_context():
        college, company = world.member("college", name_zh="市职院"), world.member("company", "company", name_zh="三川")
        base = world.training_base("B1", college, name_zh="数控基地", contact="设备科 0000-1234")
        lab = world.lab(base, "A101", name_zh="车削室")
        world.owns(college, base_id=base)
        place = SimpleNamespace(
            app=app,
            college=college,
            company=company,
            base=base,
            lab=lab,
            lathe=world.unit(lab, "C-01", name_zh="数控车床", sharing="external"),
            pool=world.unit(lab, "T", "pool", name_zh="氩弧焊机", capacity=5),
        )
        place.keeper = world.signed_in(app, world.person("keeper@x.cn", "赵管理", college, "keeper"))
        place.admin = world.signed_in(app, world.person("head@x.cn", "钱主任", college, "member_admin"))
        place.stranger = world.signed_in(app, world.person("other@x.cn", "孙外人", company, "member_admin", "keeper"))
        place.teacher = world.signed_in(app, world.person("teacher@x.cn", "李老师", college, "booker"))
        yield place


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def fields_of(answer) -> dict[str, str]:
    """What a form would send as it stands."""
    html = answer.get_data(as_text=True).split('<form class="form"', 1)[1].split("</form>", 1)[0]
    found = {}
    for tag in re.findall(r"<input [^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and not (kind and kind[1] in ("checkbox", "radio") and "checked" not in tag):
            found[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', body) or re.search(
            r'<option value="([^"]*)" selected', body
        )
        found[name] = chosen[1] if chosen else (re.search(r'<option value="([^"]*)"', body) or ["", ""])[1]
    for name, body in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        found[name] = body.strip()
    return found


def trail() -> list[str]:
    session().rollback()
    return list(session().scalars(select(Entry.deed).where(Entry.deed.like("catalogue.%")).order_by(Entry.id)))


# ── adding ──


def test_a_base_a_lab_and_a_machine_are_added_and_each_leaves_one_row_in_the_trail(here):
    answer = here.admin.post(
        "/bases/add",
        data={
            "code": "B2",
            "kind": "factory_in_school",
            "name_zh": "校中厂",
            "contact": "总机",
            "is_public": "y",
            "host": here.college,
            "operator": here.company,
            "keeper": here.college,
        },
    )
    assert answer.status_code == 302
    session().rollback()
    base = session().scalar(select(TrainingBase).where(TrainingBase.code == "B2"))
    assert (base.host_id, base.operator_id) == (here.college, here.company)
    assert here.admin.post(f"/bases/{base.id}/labs/add", data={"code": "L1", "name_zh": "产线"}).status_code == 302
    session().rollback()
    lab = session().scalar(select(Lab).where(Lab.base_id == base.id))
    room = session().scalar(select(Unit).where(Unit.lab_id == lab.id, Unit.kind == "room"))
    assert (room.code, room.name_zh) == ("L1", "产线")
    shown = here.admin.get(f"/labs/{lab.id}/units/add")
    answer = here.admin.post(
        f"/labs/{lab.id}/units/add",
        data=fields_of(shown)
        | {"kind": "stations", "code": "S", "name_zh": "工位", "capacity": "20", "sharing": "external"},
    )
    assert answer.status_code == 302
    session().rollback()
    stations = session().scalar(select(Unit).where(Unit.lab_id == lab.id, Unit.kind == "stations"))
    assert stations.capacity == 20
    assert trail() == ["catalogue.add_base", "catalogue.add_lab", "catalogue.add_unit"]


def test_a_code_is_used_once(here):
    data = {"code": "A101", "name_zh": "另一个"}
    answer = here.admin.post(f"/bases/{here.base}/labs/add", data=data)
    assert answer.status_code == 422
    assert "已被使用" in text_of(answer)


# ── who may ──


@pytest.mark.parametrize(
    "path", ["/bases/{base}/change", "/labs/{lab}/change", "/units/{lathe}/change", "/units/{lathe}/owners"]
)
def test_nobody_changes_what_is_another_members(here, path):
    path = path.format(**vars(here))
    assert here.stranger.get(path).status_code == 403
    assert here.stranger.post(path, data={"version": "1"}).status_code == 403
    assert here.teacher.get(path).status_code == 403
    assert trail() == []


def test_a_keeper_changes_a_machine_but_not_whose_it_is(here):
    assert here.keeper.get(f"/units/{here.lathe}/change").status_code == 200
    assert here.keeper.get(f"/units/{here.lathe}/owners").status_code == 403


def test_whoever_keeps_a_thing_for_others_cannot_make_it_her_own(here):
    """The company operates the lathe, so its administrator may change it, but its owner stays who it is."""
    session().rollback()
    world._keep(Party(unit_id=here.lathe, part="operator", member_id=here.company))
    assert here.stranger.get(f"/units/{here.lathe}/change").status_code == 200
    assert here.stranger.get(f"/units/{here.lathe}/owners").status_code == 403


def test_missing_and_nonsensical_ids_are_simply_not_there(here):
    for path in ("/bases/999", "/labs/999", "/units/999", "/units/0", "/units/99999999999999999999", "/units/x"):
        assert here.admin.get(path).status_code == 404, path
    assert here.admin.get(f"/units/{10**50}").status_code == 404


# ── changing ──


def test_a_keeper_fills_in_the_instrument_form(here):
    sent = fields_of(here.keeper.get(f"/units/{here.lathe}/change")) | {
        "original_value": "286,000.50",
        "class_gbt_14885_2022": "A02100403",
        "class_own": "机-7",
        "accepted_on": "2024-09-01",
        "functions": "车削",
    }
    assert here.keeper.post(f"/units/{here.lathe}/change", data=sent).status_code == 302
    shown = text_of(here.keeper.get(f"/units/{here.lathe}"))
    for words in ("¥286,000.50", "A02100403", "机-7", "2024年9月1日", "车削"):
        assert words in shown


def test_not_sharing_is_refused_without_reason_and_approver(here):
    sent = fields_of(here.keeper.get(f"/units/{here.lathe}/change")) | {"sharing": "none"}
    answer = here.keeper.post(f"/units/{here.lathe}/change", data=sent)
    assert answer.status_code == 422
    assert text_of(answer).count("请填写") >= 2
    assert session().scalar(select(Asset.sharing).where(Asset.unit_id == here.lathe)) == "external"


def test_a_stale_form_is_told_what_changed_and_can_be_sent_again(here):
    first, second = (fields_of(here.keeper.get(f"/labs/{here.lab}/change")) for _ in range(2))
    assert here.keeper.post(f"/labs/{here.lab}/change", data=first | {"place": "一号楼"}).status_code == 302
    answer = here.keeper.post(f"/labs/{here.lab}/change", data=second | {"place": "二号楼"})
    assert answer.status_code == 422
    assert "一号楼" in text_of(answer)
    again = fields_of(answer)
    assert again["place"] == "二号楼"
    assert here.keeper.post(f"/labs/{here.lab}/change", data=again).status_code == 302
    session().rollback()
    assert session().scalar(select(Lab.place).where(Lab.id == here.lab)) == "二号楼"


# ── owners ──


def test_a_machine_owned_60_40_stands_at_the_college_and_is_run_by_the_company(here):
    """校中厂: the company owns 60 %, the college 40 %; it stands at the college; the company runs it."""
    sent = {
        "version": "1",
        "member": [here.company, here.college, ""],
        "share": ["60", "40", ""],
        "from": ["2024-09-01", "2024-09-01", ""],
        "until": ["", "", ""],
        "operator": here.company,
    }
    answer = here.admin.post(f"/units/{here.lathe}/owners", data=sent)
    assert answer.status_code == 302
    shown = text_of(here.teacher.get(f"/units/{here.lathe}"))
    assert "三川 60 %, 市职院 40 %" in shown
    owners = (
        session().execute(select(Ownership.member_id, Ownership.share).where(Ownership.unit_id == here.lathe)).all()
    )
    assert sorted(tuple(row) for row in owners) == sorted([(here.company, 6000), (here.college, 4000)])
    assert session().scalar(select(Party.member_id).where(Party.unit_id == here.lathe)) == here.company
    assert trail() == ["catalogue.share"]
    assert here.stranger.get(f"/units/{here.lathe}/owners").status_code == 200, "an owner now"


def test_shares_that_miss_the_whole_are_refused_with_every_stretch(here):
    sent = {
        "version": "1",
        "member": [here.company, here.college],
        "share": ["60", "39.99"],
        "from": ["2024-09-01", "2025-09-01"],
        "until": ["", ""],
    }
    answer = here.admin.post(f"/units/{here.lathe}/owners", data=sent)
    assert answer.status_code == 422
    assert "2024年9月1日" in text_of(answer)
    assert "99.99" in text_of(answer)
    session().rollback()
    assert session().scalar(select(Ownership.id).where(Ownership.unit_id == here.lathe)) is None


@pytest.mark.parametrize("share", ["", "x", "1e999999", "60.001", "-5", "NaN", "9" * 4000])
def test_a_share_that_is_no_number_is_told(here, share):
    sent = {"version": "1", "member": [here.company], "share": [share], "from": ["2024-09-01"], "until": [""]}
    assert here.admin.post(f"/units/{here.lathe}/owners", data=sent).status_code == 422


# ── retiring ──


def test_a_retired_machine_leaves_the_lists_and_can_come_back(here):
    assert here.admin.post(f"/units/{here.lathe}/retire", data={"version": "1", "day": "2020-01-01"}).status_code == 302
    assert "数控车床" not in text_of(here.teacher.get("/bases?show=units"))
    assert "数控车床" in text_of(here.teacher.get("/bases?show=units&gone=1"))
    assert here.admin.post(f"/units/{here.lathe}/retire", data={"version": "2", "back": "1"}).status_code == 302
    assert "数控车床" in text_of(here.teacher.get("/bases?show=units"))


@pytest.mark.parametrize("day", ["", "soon", "0001-01-01", "9999-12-31"])
def test_a_day_that_makes_no_sense_retires_nothing(here, day):
    answer = here.admin.post(f"/units/{here.lathe}/retire", data={"version": "1", "day": day}, follow_redirects=True)
    assert answer.status_code < 500
    session().rollback()
    assert session().scalar(select(Unit.retired_on).where(Unit.id == here.lathe)) is None


# ── looking ──


@pytest.mark.parametrize(
    "address",
    [
        *(
            "?text=数控",
            "?text=%25_%5C",
            "?show=units&text=焊机",
            "?kind=training_base",
            "?unit_kind=pool",
            "?member=1",
        ),
        *(
            "?sharing=external",
            "?sort=-units",
            "?sort=nonsense",
            "?page=99999999999",
            "?page=-1",
            "?kind=x&sort=",
            "?gone=1",
        ),
        *("?text=" + "x" * 5000, "?show=units&sort=-capacity&member=999", "?base=1&show=units"),
    ],
)
def test_any_filter_answers(here, address):
    assert here.teacher.get("/bases" + address).status_code == 200
    assert world.device(here.app).get("/catalogue" + address).status_code == 200


def test_searching_finds_a_base_by_what_stands_in_it(here):
    assert "数控基地" in text_of(here.teacher.get("/bases?text=焊机"))
    assert "数控基地" not in text_of(here.teacher.get("/bases?text=激光"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_is_taken_along_as_it_is_shown(here, form):
    answer = here.teacher.get(f"/bases?show=units&text=焊机&format={form}")
    assert answer.status_code == 200
    if form == "csv":
        assert "氩弧焊机" in answer.get_data(as_text=True)
        assert "数控车床" not in answer.get_data(as_text=True)


# ── the public ──


def test_the_public_reads_the_catalogue_without_a_persons_name(here):
    public = world.device(here.app)
    pages = [
        public.get(path) for path in ("/catalogue", f"/catalogue/bases/{here.base}", f"/catalogue/units/{here.lathe}")
    ]
    assert [page.status_code for page in pages] == [200, 200, 200]
    together = " ".join(text_of(page) for page in pages)
    assert "数控车床" in together
    assert "设备科 0000-1234" in together
    for name in ("赵管理", "钱主任", "李老师", "keeper@x.cn"):
        assert name not in together


def plain(answer) -> str:
    """The page without the address that was asked for and the token, which is another one each second."""
    return re.sub(r'name="(csrf_token|next)" value="[^"]*"', "", text_of(answer))


def test_what_is_private_retired_or_not_shared_looks_like_what_is_missing(here):
    hidden = world.training_base("HIDDEN-BASE", here.college, is_public=False)
    hall = world.lab(hidden, "H")
    secret = world.unit(here.lab, "X", sharing="none", name_zh="涉密设备")
    public = world.device(here.app)
    missing = plain(public.get("/catalogue/units/999999"))
    for path in (f"/catalogue/units/{world.room(hall)}", f"/catalogue/units/{secret}", f"/catalogue/bases/{hidden}"):
        answer = public.get(path)
        assert answer.status_code == 404, path
        assert plain(answer) == missing, path
    together = text_of(public.get("/catalogue")) + text_of(public.get("/catalogue?show=units"))
    assert "HIDDEN-BASE" not in together
    assert "涉密设备" not in together
    found = text_of(public.get("/catalogue?text=涉密设备")) + text_of(public.get("/catalogue?show=units&text=涉密设备"))
    assert f'href="/catalogue/bases/{here.base}"' not in found, "what is hidden does not even help to find its base"
    assert f'href="/catalogue/units/{secret}"' not in found


# ── how much is asked of the database ──


def test_a_page_asks_a_fixed_number_of_questions_however_much_there_is(here):
    paths = ["/bases", "/bases?show=units", f"/bases/{here.base}", f"/labs/{here.lab}", f"/units/{here.lathe}"]
    paths += ["/catalogue", f"/catalogue/bases/{here.base}", f"/catalogue/units/{here.lathe}"]
    statements(here, paths[0])  # the first page of a device also notes that it was seen
    before = [statements(here, path) for path in paths]
    for number in range(12):
        other = world.lab(world.training_base(f"N{number}", here.company), f"L{number}")
        world.lab(here.base, f"M{number}")
        world.unit(here.lab, f"U{number}", sharing="external")
        world.unit(other, f"U{number}", sharing="internal")
    assert [statements(here, path) for path in paths] == before
    assert max(before) <= 18, dict(zip(paths, before, strict=True))


def statements(here, path: str) -> int:
    seen = []
    engine = db.engine

    def count(*arguments):
        seen.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    try:
        assert here.teacher.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len([text for text in seen if text.lstrip().upper().startswith(("SELECT", "WITH"))])
