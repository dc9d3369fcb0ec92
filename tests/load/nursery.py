"""Where the processes of a crowd come from: one process loads the application once, and forks each of them.

Started as `python -m tests.load.nursery`. Each line of JSON on its standard input is a wish, each on its standard output
the answer to it. It never opens a connection, so there is none that two of its children could share: each makes an
application and an engine of its own. When whoever started it is gone, so are its children.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.servers import PROJECT, environment

KINDS = {"crowd": "tests.load.crowd", "ticker": "tests.load.ticker"}
"""What a child can be: a module with a `main(told)`."""


class Nursery:
    """What a test holds of it: `start` makes a child."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.load.nursery"],
                cwd=PROJECT,
                env=environment({}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )

    def start(self, kind: str, told: dict[str, object], answers: Path, complaints: Path) -> Child:
        """A process that runs `main(told)` of its kind; what it prints and complains of is added to these files."""
        wish = {"start": kind, "told": told, "answers": str(answers), "complaints": str(complaints)}
        return Child(self, self.ask(wish), answers)

    def ask(self, wish: dict[str, object]):
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


class Child:
    """A process of the nursery's, with the words of `subprocess.Popen`; its id is its own until `poll` tells how it ended."""

    def __init__(self, nursery: Nursery, pid: int, answers: Path) -> None:
        self._nursery, self.pid = nursery, pid
        self.returncode: int | None = None
        self.answers = answers
        """The file that it prints to."""

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        give_up_at = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > give_up_at:
                raise subprocess.TimeoutExpired("a child of the nursery", timeout)
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


# ── in the nursery itself ──


def main() -> None:
    kinds = {kind: importlib.import_module(module).main for kind, module in KINDS.items()}
    _load_the_application()
    gc.freeze()
    children: set[int] = set()
    for line in sys.stdin:
        wish = json.loads(line)
        if "poll" in wish:
            answer = _poll(wish["poll"], children)
        else:
            answer = _fork(kinds[wish["start"]], wish)
            children.add(answer)
        print(json.dumps(answer), flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _load_the_application() -> None:
    """Everything it imports, for each engine; what is made here is thrown away and was never connected to anything."""
    from app import create_app

    with tempfile.TemporaryDirectory() as folder:
        for url in (f"sqlite:///{folder}/none.db", "postgresql+psycopg://nobody@127.0.0.1:1/none"):
            create_app({"DATABASE_URL": url, "INSTANCE_PATH": folder, "TESTING": 1})


def _poll(pid: int, children: set[int]) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        return None
    children.discard(pid)
    return os.waitstatus_to_exitcode(status)


def _fork(run, wish: dict) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "answers"), (2, "complaints")):
            os.dup2(os.open(wish[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
        run(wish["told"])
        status = 0
    except:  # noqa: E722 — whatever it was, a child never goes on as a second nursery
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
