"""The two servers: made once, started, asked whether they answer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from ent.embedded.account import Account
from ent.embedded.home import PORT, Home
from ent.embedded.places import POSTGRESQL, REDIS
from ent.embedded.processes import Child

PROVISION = Path(__file__).with_name("provision.sql")
# Neither PGPORT nor PGOPTIONS of the caller: the servers are the same wherever they are started from.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
# The wheel has no ICU. Of what it has, C.UTF-8 knows accented letters and sorts alike on every machine.
CLUSTER = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
NETWORK = {"listen_addresses": "", "port": str(PORT), "unix_socket_permissions": "0700"}
# Quick, and the data do not survive a crash: for a home that is for once.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgreSQL:
    def __init__(self, home: Home, account: Account, programs: Path, *, careless: bool) -> None:
        self.careless = careless
        self.bin = programs / POSTGRESQL / "bin"
        self.account = account
        self.log = home.logs / "postgresql.log"
        self.folder = home.services.resolve()
        self.data = self.folder / "postgresql"
        self.sockets = home.run.resolve()

    def make(self) -> None:
        """The cluster's files. A start that was interrupted leaves nothing that looks like them."""
        # The servers' lock is ours: whatever process bears the pid written there, it is not this cluster's.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if self.data.exists():
            return
        making = self.folder / "postgresql.new"
        shutil.rmtree(making, ignore_errors=True)
        with self.log.open("ab") as log:
            subprocess.run(
                [
                    self.bin / "initdb",
                    f"--pgdata={making}",
                    "--username=postgres",
                    "--auth-local=trust",  # the sockets' folder is the lock
                    "--auth-host=reject",
                    "--no-instructions",
                    *["--no-sync"] * self.careless,
                    *CLUSTER,
                ],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=ENVIRONMENT,
                cwd=self.folder,
                **self.account.popen_options(),
            )
        making.rename(self.data)

    def child(self, *, lock: int) -> Child:
        settings = NETWORK | {"unix_socket_directories": str(self.sockets)} | (CARELESS if self.careless else {})
        return Child(
            name="PostgreSQL",
            command=[
                self.bin / "postgres",
                "-D",
                self.data,
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            answers=[
                self.bin / "pg_isready",
                "--quiet",
                f"--host={self.sockets}",
                f"--port={PORT}",
                "--username=postgres",
            ],
            log=self.log,
            env=ENVIRONMENT,
            cwd=self.folder,
            account=self.account,
            pass_fds=[lock],
            stop_signal=signal.SIGINT,  # "fast": sends the clients away, then writes all down
            patience=8.0,
        )

    def provision(self) -> None:
        """The roles and the database, by the superuser; then a file that says so."""
        done = self.folder / "provisioned"
        if done.exists():
            return
        subprocess.run(
            [
                self.bin / "psql",
                "--no-psqlrc",
                "--quiet",
                f"--host={self.sockets}",
                f"--port={PORT}",
                "--username=postgres",
                "--dbname=postgres",
                f"--file={PROVISION}",
            ],
            check=True,
            stdout=sys.stderr,
            env=ENVIRONMENT,
        )
        done.touch()


class Redis:
    def __init__(self, home: Home, account: Account, programs: Path, *, careless: bool) -> None:
        self.careless = careless
        self.bin = programs / REDIS
        self.account = account
        self.log = home.logs / "redis.log"
        self.data = home.services.resolve() / "redis"
        self.socket = home.run.resolve() / "redis.sock"

    def make(self) -> None:
        self.data.mkdir(exist_ok=True)
        self.account.give(self.data)

    def child(self, *, lock: int) -> Child:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "",
            "appendonly": "no" if self.careless else "yes",
            "maxmemory-policy": "noeviction",  # a queue that is evicted is mail that is lost
        }
        return Child(
            name="Redis",
            command=[
                self.bin / "redis-server",
                *(word for name, value in settings.items() for word in (f"--{name}", value)),
            ],
            answers=[self.bin / "redis-cli", "-e", "-s", self.socket, "ping"],
            log=self.log,
            env=ENVIRONMENT,
            cwd=self.data,
            account=self.account,
            pass_fds=[lock],
        )
