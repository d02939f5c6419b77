"""What `make demo` checks, keeps and supervises; the whole of it is run by hand and by CI, not here."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ent.embedded import Home, launcher
from ent.embedded.home import ROOT
from ent.embedded.processes import Child, Make, UnsteadyError

from .conftest import wait_until


def child(tmp_path: Path, *command: str) -> Child:
    return Child(name="child", command=command, log=tmp_path / "child.log", env={"PATH": os.defpath}, cwd=tmp_path)


def test_port_taken_says_to_choose_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("ENT_PORT", str(taken.getsockname()[1]))
        with pytest.raises(SystemExit, match=r"est déjà pris\. .*ENT_PORT="):
            launcher._port()
    assert launcher._port() == int(os.environ["ENT_PORT"])


@pytest.mark.parametrize("written", ["http", "-1", "70000"])
def test_port_absurd_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("ENT_PORT", written)
    with pytest.raises(SystemExit, match=f"ENT_PORT vaut « {written} »"):
        launcher._port()


def test_environment_keeps_its_secret_and_yields_to_the_caller(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.create()
    for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    first = launcher._environment(home)
    assert first["ENT_DEMO"] == "1"
    assert len(first["SECRET_KEY"]) > 50
    assert (home.path / "secret").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("ALLOWED_HOSTS", "ent.example")
    assert launcher._environment(home) == first | {"ALLOWED_HOSTS": "ent.example"}


def test_demo_leaves_a_database_of_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/ent")
    monkeypatch.setattr(launcher, "_port", lambda: 1)
    monkeypatch.delenv("ENT_DEMO", raising=False)
    with pytest.raises(SystemExit, match="une base que « make demo » n’a pas faite"):
        launcher.demo()


def test_demo_runs_once_per_home(home: Home) -> None:
    home.create()
    with launcher._alone(home), pytest.raises(SystemExit, match="tourne déjà"), launcher._alone(home):
        pass


def test_child_that_dies_is_revived_then_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("ent.embedded.processes.time.monotonic", lambda: now[0])
    mortal = child(tmp_path, "sh", "-c", "echo born")
    mortal.start()
    revived = [next_death(mortal, now) for _ in range(34)]
    assert revived.count(True) == 4
    with pytest.raises(UnsteadyError):
        next_death(mortal, now)
    assert now[0] >= 1 + 2 + 4 + 8
    assert mortal.log.read_text() == "born\n" * 5


def next_death(mortal: Child, now: list[float]) -> bool:
    assert mortal._process
    mortal._process.wait(5)
    now[0] += 0.5
    return mortal.revive()


def test_child_that_will_not_stop_is_killed_with_its_own(tmp_path: Path) -> None:
    stubborn = child(tmp_path, "sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait; sleep 60")
    stubborn.patience = 0.2
    stubborn.start()
    wait_until(lambda: stubborn.log.read_text() != "")
    stubborn.stop()
    assert not stubborn.running
    grandchild = int(stubborn.log.read_text())
    wait_until(lambda: gone(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of it")
def test_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from ent.embedded.processes import Child\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "child = Child(name='c', command=['sleep', '60'], log=folder / 'log', env=os.environ, cwd=folder)\n"
        "child.start()\n"
        "print(child._process.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    wait_until(lambda: gone(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="what is read there is the kernel's")
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL])
def test_make_stopped_alone_is_noticed(tmp_path: Path, sig: signal.Signals) -> None:
    program = (
        "import time\n"
        "from ent.embedded.processes import Make\n"
        "make = Make()\n"
        "assert not make.has_given_up()\n"
        "print('up', flush=True)\n"
        "while not make.has_given_up(): time.sleep(0.05)\n"
        "print('stopped', flush=True)\n"
    )
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "Makefile").write_text(f"demo:\n\t@{sys.executable} {tmp_path}/program.py\n")
    make = subprocess.Popen(
        [shutil.which("make") or "make", "-f", str(tmp_path / "Makefile")],
        cwd=ROOT,
        # Under `make test`, this make would say that it is another's.
        env={**os.environ, "PYTHONPATH": str(ROOT), "MAKELEVEL": "0", "MAKEFLAGS": "", "MFLAGS": ""},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Who runs the tests in the background has them ignore it, and their children too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    at_the_latest = threading.Timer(60, os.killpg, [make.pid, signal.SIGKILL])
    at_the_latest.start()
    assert make.stdout
    assert make.stdout.readline() == "up\n"

    os.kill(make.pid, sig)

    assert make.stdout.readline() == "stopped\n"
    make.communicate()
    at_the_latest.cancel()


def test_no_make_never_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)
    assert not Make().has_given_up()


def gone(pid: int) -> bool:
    """Dead, and reaped or about to be by whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
