"""Real programs follow a feed over HTTP: libical's strict check, vdirsyncer and khal see what is added, moved, cancelled."""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.loud import left_out
from tests.servers import LiveServer, environment
from tests.stories.subscribers import City

PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def city(app):
    with app.app_context():
        yield City(app)


@pytest.fixture
def server(live_server, database_url) -> LiveServer:
    return live_server(database_url, workers=1, threads=4)


# ── libical ──


class StrictReader:
    """libical's parser and its strict restriction check (RFC 5546)."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("ical")
        if not name:
            left_out("calendars held to libical's strict check (Debian: apt-get install libical3)")
        self._ical = ctypes.CDLL(name)
        for function in ("icalparser_parse_string", "icalcomponent_get_first_component", "icalproperty_as_ical_string",
                         "icalcomponent_get_next_component", "icalcomponent_get_first_property",
                         "icalcomponent_get_next_property", "icalcomponent_as_ical_string"):  # fmt: skip
            getattr(self._ical, function).restype = ctypes.c_void_p

    def complaints(self, text: bytes) -> list[str]:
        """Everything that libical has against a calendar; it writes X-LIC-ERROR properties where something is wrong."""
        root = self._ical.icalparser_parse_string(ctypes.c_char_p(text))
        if not root:
            return ["it cannot be read at all"]
        if self._ical.icalcomponent_count_errors(ctypes.c_void_p(root)):
            return ["it has errors: " + self._written(root)]
        if not self._ical.icalrestriction_check(ctypes.c_void_p(root)):
            return ["it breaks a restriction: " + self._written(root)]
        return []

    def _written(self, root: int) -> str:
        raw = ctypes.cast(self._ical.icalcomponent_as_ical_string(ctypes.c_void_p(root)), ctypes.c_char_p).value or b""
        return "\n".join(line for line in raw.decode().splitlines() if "X-LIC-ERROR" in line) or raw.decode()[:2000]


@pytest.fixture(scope="module")
def strict() -> StrictReader:
    return StrictReader()


def test_libicals_strict_check_accepts_every_kind_of_feed_and_file(city, strict):
    city.wang.books(
        city.mill, city.slot(1), city.slot(8), title="编程, 加工; 100%\\N", note="第一行\n第二行：" + "长" * 90
    )
    city.wang.books(city.lathe, city.slot(2))
    city.wang.cancels(city.wang.books(city.mill, city.slot(3)))
    things = [("person", city.keeper.id), ("member", city.college), ("base", city.base), ("lab", city.lab)]
    things.append(("unit", city.mill))
    for scope, scope_id in things:
        for variant in ("full", "busy"):
            whole = city.fetches(city.keeper.subscribes_to(scope, scope_id, variant, name="日历, 一")).data
            assert strict.complaints(whole) == [], (scope, variant)
    assert strict.complaints(city.fetches(city.stranger.subscribes_to("base", city.base)).data) == []
    assert strict.complaints(city.wang.at_a_browser().get("/mine.ics").data) == []


def test_the_strict_check_would_notice(city, strict):
    """What it is meant to catch: an event that is published without an organizer, or carries the sequence twice."""
    city.wang.books(city.mill, city.slot(1))
    whole = city.fetches(city.wang.subscribes_to("person", city.wang.id)).data
    assert strict.complaints(whole) == []
    without = b"\r\n".join(line for line in whole.split(b"\r\n") if not line.startswith(b"ORGANIZER"))
    assert strict.complaints(without)
    assert strict.complaints(whole.replace(b"SEQUENCE:0", b"SEQUENCE:0\r\nSEQUENCE:1"))


# ── vdirsyncer and khal ──


class Calendars:
    """A person's own calendar folder, kept by vdirsyncer and read by khal."""

    def __init__(self, folder: Path, address: str) -> None:
        for program in ("vdirsyncer", "khal"):
            if not (PROGRAMS / program).exists() and not shutil.which(program):
                left_out(f"feeds followed by real programs: {program} is not installed (requirements-dev.txt)")
        self._folder = folder
        self.items = folder / "calendar"
        self.items.mkdir()
        self._sync_settings = folder / "vdirsyncer.ini"
        self._sync_settings.write_text(
            f"""[general]
status_path = "{folder / "status"}"
[pair gongfang]
a = "here"
b = "there"
collections = null
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{self.items}"
fileext = ".ics"
[storage there]
type = "http"
url = "{address}"
""",
            encoding="utf-8",
        )
        self._khal_settings = folder / "khal.conf"
        self._khal_settings.write_text(
            f"""[calendars]
[[gongfang]]
path = {self.items}
type = calendar
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Asia/Shanghai
default_timezone = Asia/Shanghai
[sqlite]
path = {folder / "khal.db"}
""",
            encoding="utf-8",
        )
        self._run("vdirsyncer", "-c", str(self._sync_settings), "discover")

    def refreshes(self) -> None:
        self._run("vdirsyncer", "-c", str(self._sync_settings), "sync")

    def shows(self, first: str, last: str) -> list[str]:
        """Each entry between two days, as khal prints it."""
        form = "{start-long} {end-time} {status}{title} @ {location}"
        words = ("khal", "-c", str(self._khal_settings), "list", "--day-format", "", "-f", form, first, last)
        return [line for line in self._run(*words).splitlines() if line.strip()]

    def texts(self) -> list[str]:
        return [path.read_text(encoding="utf-8") for path in sorted(self.items.glob("*.ics"))]

    def _run(self, program: str, *words: str) -> str:
        here = PROGRAMS / program
        done = subprocess.run(
            [str(here if here.exists() else program), *words],
            env=environment({"HOME": self._folder, "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"}),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{program} {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.mark.slow
def test_what_is_added_moved_and_cancelled_arrives_in_real_calendars(city, server, tmp_path):
    token = city.keeper.subscribes_to("lab", city.lab)
    kept = city.wang.books(city.mill, city.slot(1), title="数控编程")
    folder = tmp_path / "follower"
    folder.mkdir()
    calendars = Calendars(folder, f"{server.url}/feeds/{token}.ics")
    first, last = f"{city.day(0)}", f"{city.day(30)}"

    calendars.refreshes()
    [entry] = calendars.shows(first, last)
    assert entry.startswith(f"{city.day(1)} 08:00 09:40")
    assert "数控编程 · 五轴加工中心" in entry
    assert "数控实训室" in entry

    city.zhao.books(city.mill, city.slot(2, "10:00", "11:40"), title="新加的课")
    calendars.refreshes()
    assert ["新加的课" in each for each in calendars.shows(first, last)] == [False, True]

    city.wang.moves(kept, city.slot(3, "14:00", "15:40"))
    calendars.refreshes()
    assert [each[:16] for each in calendars.shows(first, last)] == [f"{city.day(2)} 10:00", f"{city.day(3)} 14:00"]

    city.wang.cancels(kept)
    calendars.refreshes()
    [cancelled] = [text for text in calendars.texts() if "已取消" in text.replace("\r\n ", "").replace("\n ", "")]
    assert "STATUS:CANCELLED" in cancelled
    assert "SEQUENCE:2" in cancelled
    assert any("CANCELLED" in each and "已取消：数控编程" in each for each in calendars.shows(first, last))
    assert len(calendars.texts()) == 2


def test_over_http_a_feed_is_exactly_as_promised(city, server):
    city.wang.books(city.mill, city.slot(1))
    address = f"{server.url}/feeds/{city.keeper.subscribes_to('base', city.base)}.ics"
    got = requests.get(address, timeout=10)
    assert got.status_code == 200
    assert got.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert got.headers["Cache-Control"] == "private"
    assert "Set-Cookie" not in got.headers
    again = requests.get(address, headers={"If-None-Match": got.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")
    assert requests.head(address, timeout=10).headers["ETag"].split(":")[0].strip('"') == got.headers["ETag"].split(
        ":"
    )[0].strip('"')
    gone = requests.get(f"{server.url}/feeds/{'x' * 43}.ics", timeout=10)
    assert gone.status_code == 404
