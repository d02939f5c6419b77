"""Who starts the services, who joins them, who stops them, and what survives a kill."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import redis

from ent.embedded import Home, ensure_services
from ent.embedded.home import is_held
from ent.embedded.places import SOCKET_LIMIT

from .conftest import URLS, rows, user, wait_until


def test_services_start_answer_and_stop(home: Home) -> None:
    with ensure_services():
        assert rows(os.environ["DATABASE_URL"], "SELECT current_user, current_database()") == [("ent_app", "ent")]
        assert rows(os.environ["DATABASE_OWNER_URL"], "SELECT current_user") == [("ent_owner",)]
        server = redis.Redis.from_url(os.environ["REDIS_URL"])
        assert server.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert server.config_get("appendonly") == {"appendonly": "yes"}
        server.close()
    assert not {*URLS} & {*os.environ}
    assert not is_held(home.servers)
    assert not home.run.exists()


def test_services_given_are_left_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.create()
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/ent")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example")
    with ensure_services():
        assert os.environ["DATABASE_URL"] == "postgres://db.example/ent"
        assert "DATABASE_OWNER_URL" not in os.environ
    assert not is_held(home.keeper)


def test_services_a_second_process_joins_and_leaves_them_running(home: Home) -> None:
    with ensure_services():
        keeper = home.keeper.read_text()
        second = user(home, body="pass")
        assert second.communicate() == ("up\n", None)
        assert home.keeper.read_text() == keeper
        assert rows(os.environ["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_services_several_processes_at_once_share_one_keeper(home: Home) -> None:
    body = f"print(open({str(home.keeper)!r}).read(), flush=True); sys.stdin.readline()"
    several = [user(home, body=body) for _ in range(3)]
    said = [(process.stdout.readline(), process.stdout.readline()) for process in several if process.stdout]
    for process in several:
        process.communicate("\n")
    assert [process.returncode for process in several] == [0, 0, 0]
    assert len({*said}) == 1
    assert said[0][1].endswith("ready\n")
    assert not is_held(home.servers)


def test_services_a_killed_user_leaves_nothing_behind(home: Home) -> None:
    process = user(home)
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.kill()
    process.communicate()
    wait_until(lambda: not is_held(home.servers))
    assert not home.run.exists()


def test_services_a_killed_keeper_takes_the_servers_along_and_the_data_stay(home: Home) -> None:
    process = user(home)
    assert process.stdout
    process.stdout.readline()
    with ensure_services():
        rows(os.environ["DATABASE_OWNER_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
            server.rpush("queue", "letter")
        os.kill(int(home.keeper.read_text().split()[0]), signal.SIGKILL)
        wait_until(lambda: not is_held(home.servers))
    process.communicate("")
    with ensure_services():
        assert rows(os.environ["DATABASE_URL"], "SELECT answer FROM kept") == [(42,)]
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
            assert server.lpop("queue") == b"letter"


def test_services_files_that_name_the_pid_of_another_process_do_not_stop_them(home: Home) -> None:
    """As after a restart of the machine, when the pids of killed servers are given to others."""
    with ensure_services():
        pid_file = home.services.resolve() / "postgresql" / "postmaster.pid"
        content = pid_file.read_text().splitlines()
    for file in (pid_file, home.run / ".s.PGSQL.5432.lock"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join([str(os.getppid()), *content[1:]]) + "\n")
    with ensure_services():
        assert rows(os.environ["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_services_a_home_too_deep_for_a_socket_works(
    tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path.joinpath(*["des élèves & 100 %"] * 8)
    monkeypatch.setenv("ENT_HOME", str(deep))
    with ensure_services(throw_away=True):
        run = (deep / "run").resolve()
        assert len(os.fsencode(run)) < SOCKET_LIMIT < len(os.fsencode(deep))
        assert run.stat().st_mode & 0o777 == 0o700
        assert rows(os.environ["DATABASE_URL"], "SELECT 1") == [(1,)]
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
            assert server.ping()
    assert not run.exists()
    assert not deep.exists()


def test_home_not_writable_says_so_in_french(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ENT_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(SystemExit, match="choisissez-en un autre avec ENT_HOME"), ensure_services():
        pass
