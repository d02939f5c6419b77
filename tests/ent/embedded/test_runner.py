"""`python -m ent.embedded run -- COMMAND`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ent.embedded import Home
from ent.embedded.home import ROOT

from .conftest import URLS


def run(*words: str, given: bool = False) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in URLS}
    env |= {"DATABASE_URL": "postgres:///ent", "REDIS_URL": "redis://"} if given else {}
    command = [sys.executable, "-m", "ent.embedded", "run", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_run_throw_away_gives_the_services_and_the_exit_code_then_erases(home: Home) -> None:
    script = "import os; print(os.environ['ENT_HOME'], os.path.isdir(os.environ['ENT_HOME'])); raise SystemExit(7)"
    done = run("--throw-away", "--", "python", "-c", f"{script} if os.environ['DATABASE_OWNER_URL'] else None")
    assert done.returncode == 7
    thrown_away, existed = done.stdout.split()
    assert existed == "True"
    assert thrown_away != str(home.path)
    assert not Path(thrown_away).exists()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["true"], 0),
        (["sh", "-c", "exit 3"], 3),
        (["sh", "-c", "kill -KILL $$"], 137),
        (["no-such-command"], 127),
    ],
)
def test_run_exit_code_is_that_of_a_shell(home: Home, command: list[str], code: int) -> None:
    assert run("--", *command, given=True).returncode == code


def test_erase_refuses_while_the_services_are_used_then_erases_what_is_its_own(home: Home) -> None:
    from ent.embedded import ensure_services
    from ent.embedded.runner import erase_home

    with ensure_services():
        with pytest.raises(SystemExit, match="sert en ce moment"):
            erase_home()
        (home.path / "letters").touch()
    assert erase_home() == 0
    assert [path.name for path in home.path.iterdir()] == ["letters"]
