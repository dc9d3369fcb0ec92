"""What an operator may set, and what stops the start with a sentence she can act on."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.entrypoints.icsfiles import bounds
from app.entrypoints.uploads import workbook
from app.entrypoints.web.catalogue import sheets
from config import Config, SettingRefused

SECRET = {"SECRET_KEY": "k3y" * 11}


@pytest.fixture
def load(tmp_path):
    """The settings an operator gets for these variables, with an instance folder that does not exist yet."""
    return lambda **given: Config.load(environ={"INSTANCE_PATH": str(tmp_path / "instance"), **given})


def test_without_a_secret_it_does_not_start(load):
    with pytest.raises(SettingRefused, match="SECRET_KEY must be set"):
        load()


@pytest.mark.parametrize("key", ["", "short", "x" * 31])
def test_a_short_secret_is_no_secret(load, key):
    with pytest.raises(SettingRefused, match="at least 32"):
        load(SECRET_KEY=key)


def test_a_short_secret_is_refused_in_the_demo_too(load):
    with pytest.raises(SettingRefused):
        load(SECRET_KEY="short", DEMO="1")


def test_the_demo_makes_a_secret_of_its_own_and_keeps_it(load, tmp_path):
    first = load(DEMO="1")
    assert len(first.SECRET_KEY) == 64
    assert load(DEMO="1").SECRET_KEY == first.SECRET_KEY
    kept = tmp_path / "instance" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_workers_that_start_at_once_agree_on_the_demos_secret(load):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load(DEMO="1").SECRET_KEY, range(8)))
    assert len(keys) == 1


def test_without_an_address_everything_lies_in_one_file(load, tmp_path):
    assert load(**SECRET).DATABASE_URL == f"sqlite:///{tmp_path / 'instance' / 'gongfang.db'}"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_way_to_write_a_postgresql_address_works(load, scheme):
    url = load(**SECRET, DATABASE_URL=f"{scheme}://me:pw@db:5432/gongfang").DATABASE_URL
    assert url == "postgresql+psycopg://me:pw@db:5432/gongfang"


@pytest.mark.parametrize("url", ["mysql://db/x", "gongfang.db", "://", "oracle+x://y"])
def test_another_kind_of_database_is_refused(load, url):
    with pytest.raises(SettingRefused, match="DATABASE_URL"):
        load(**SECRET, DATABASE_URL=url)


@pytest.mark.parametrize(
    "wrong",
    [
        {"DEMO": "perhaps"},
        {"MAX_CONTENT_LENGTH": "4MB"},
        {"MAX_CONTENT_LENGTH": "0"},
        {"SESSION_IDLE_MINUTES": "-5"},
        {"SESSION_ABSOLUTE_MINUTES": "٣"},
        {"PROXY_COUNT": "9" * 5000},
        {"PASSWORD_POLICY": "none"},
        {"PUBLIC_URL": "gongfang.example.cn"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_setting_that_makes_no_sense_is_named(load, wrong):
    with pytest.raises(SettingRefused, match=next(iter(wrong))):
        load(**SECRET, **wrong)


def test_cheap_password_hashing_is_not_for_real_installations(load):
    with pytest.raises(SettingRefused, match="tests and the demo"):
        load(**SECRET, PASSWORD_HASHING="cheap")
    assert load(**SECRET, DEMO="1", PASSWORD_HASHING="cheap").PASSWORD_HASHING == "cheap"


def test_cookies_are_secure_where_people_come_over_https(load):
    assert load(**SECRET, PUBLIC_URL="https://gf.example.cn/").mapping()["SESSION_COOKIE_SECURE"] is True
    assert load(**SECRET).mapping()["SESSION_COOKIE_SECURE"] is False


def test_only_known_host_names_are_believed(load):
    assert "evil.example" not in load(**SECRET).TRUSTED_HOSTS
    assert "gf.example.cn" in load(**SECRET, PUBLIC_URL="https://gf.example.cn").TRUSTED_HOSTS
    assert load(**SECRET, TRUSTED_HOSTS="a.example, b.example").TRUSTED_HOSTS == ("a.example", "b.example")


def test_secrets_are_not_shown_when_the_settings_are_printed(load):
    shown = repr(load(**SECRET, DATABASE_URL="postgresql://me:password@db/x"))
    assert SECRET["SECRET_KEY"] not in shown
    assert "password" not in shown.replace("PASSWORD", "")


def test_the_checkouts_own_instance_folder_is_closed_to_others(tmp_path, monkeypatch):
    monkeypatch.setattr("config.PROJECT", tmp_path)
    own = tmp_path / "instance"
    own.mkdir(mode=0o755)
    Config.load(environ=SECRET)
    assert own.stat().st_mode & 0o777 == 0o700


# ── mail and group robots ──


def test_without_a_mail_server_nothing_is_mailed(load):
    assert load(**SECRET).SMTP_HOST == ""


def test_a_mail_server_comes_whole_or_in_parts(load):
    sender = {"MAIL_FROM": "gongfang@example.cn"}
    whole = load(**SECRET, **sender, SMTP_URL="smtp://me%40x:p%2Fw@mail.example.cn")
    parts = load(**SECRET, **sender, SMTP_HOST="mail.example.cn", SMTP_USER="me@x", SMTP_PASSWORD="p/w")
    for found in (whole, parts):
        assert (found.SMTP_HOST, found.SMTP_PORT, found.SMTP_TLS) == ("mail.example.cn", 587, "starttls")
        assert (found.SMTP_USER, found.SMTP_PASSWORD) == ("me@x", "p/w")
    assert "p/w" not in repr(whole)


@pytest.mark.parametrize(
    ("given", "port", "lock"),
    [
        ({"SMTP_URL": "smtps://m.example"}, 465, "tls"),
        ({"SMTP_URL": "smtp://m.example:2525", "SMTP_TLS": "none"}, 2525, "none"),
        ({"SMTP_HOST": "m.example", "SMTP_TLS": "none"}, 25, "none"),
        ({"SMTP_HOST": "m.example", "SMTP_TLS": "tls", "SMTP_PORT": "4650"}, 4650, "tls"),
    ],
    ids=str,
)
def test_each_way_to_a_mail_server_has_its_port(load, given, port, lock):
    found = load(**SECRET, MAIL_FROM="g@example.cn", **given)
    assert (found.SMTP_PORT, found.SMTP_TLS) == (port, lock)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SMTP_URL": "mail.example.cn", "MAIL_FROM": "g@x.cn"}, "SMTP_URL"),
        ({"SMTP_URL": "http://mail.example.cn", "MAIL_FROM": "g@x.cn"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://m.example:99999", "MAIL_FROM": "g@x.cn"}, "SMTP_URL"),
        ({"SMTP_HOST": "m.example"}, "MAIL_FROM"),
        ({"SMTP_HOST": "m.example", "MAIL_FROM": "g@x.cn\r\nBcc: y@z"}, "MAIL_FROM"),
        ({"SMTP_HOST": "m.example", "MAIL_FROM": "Gongfang <g@x.cn>"}, "MAIL_FROM"),
        ({"SMTP_HOST": "m.example", "MAIL_FROM": "g@x.cn", "SMTP_TLS": "perhaps"}, "SMTP_TLS"),
        ({"SMTP_HOST": "m.example", "MAIL_FROM": "g@x.cn", "SMTP_PORT": "smtp"}, "SMTP_PORT"),
    ],
    ids=str,
)
def test_a_mail_setting_that_makes_no_sense_is_named(load, given, named):
    with pytest.raises(SettingRefused, match=named):
        load(**SECRET, **given)


def test_group_robots_may_be_told_things_at_their_makers_only(load):
    assert load(**SECRET).ROBOT_HOSTS == ("qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn")
    assert load(**SECRET, ROBOT_HOSTS="Robots.example.cn, b.example").ROBOT_HOSTS == ("robots.example.cn", "b.example")


def test_a_request_takes_the_largest_upload_there_is_and_its_fields(load):
    """What a page promises to take is not turned away at the door."""
    largest = max(workbook.MOST_BYTES, bounds.MOST_BYTES, sheets.MOST_BYTES)
    assert largest + 500_000 <= load(**SECRET).MAX_CONTENT_LENGTH
