"""ENT_HOME: the folder of the embedded services, and who uses them at this moment."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
PORT = 5432  # of the socket's name; said in the addresses, or libpq would read PGPORT

READY = b"ready"  # what the keeper says and writes once the services answer


class ServicesError(SystemExit):
    """Nothing works without the services: the message is shown to the person, and the command ends."""


@dataclass(frozen=True)
class Home:
    """One set of embedded services, its data and its locks."""

    path: Path

    @classmethod
    def from_environment(cls) -> Self:
        return cls(Path(os.environ.get("ENT_HOME") or ROOT / ".ent").expanduser().resolve())

    @property
    def services(self) -> Path:
        """The servers' data; a link when their account cannot reach this folder."""
        return self.path / "services"

    @property
    def run(self) -> Path:
        """The sockets; a link when their path would be too long."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def turn(self) -> Path:
        """Locked by whoever starts or stops the services."""
        return self.path / "turn.lock"

    @property
    def users(self) -> Path:
        """Locked, shared, by all who use the services."""
        return self.path / "users.lock"

    @property
    def keeper(self) -> Path:
        """Locked by the keeper as long as it lives; holds its pid, then `ready`."""
        return self.path / "keeper.lock"

    @property
    def servers(self) -> Path:
        """Locked by every process of the servers: an inherited descriptor outlives a killed keeper."""
        return self.path / "servers.lock"

    def create(self) -> None:
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                # As root, the servers run under another account: it goes through, and reads nothing.
                self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            for lock in (self.turn, self.users, self.keeper, self.servers):
                lock.open("a").close()
        except OSError as error:
            raise ServicesError(
                f"Le dossier {self.path} n’est pas accessible en écriture ({error.strerror}). "
                "Il appartient peut-être à un autre utilisateur : choisissez-en un autre avec ENT_HOME."
            ) from error

    def urls(self) -> dict[str, str]:
        run = self.run.resolve()
        return {
            "DATABASE_URL": f"postgres://ent_app@:{PORT}/ent?host={quote(str(run))}",
            "DATABASE_OWNER_URL": f"postgres://ent_owner@:{PORT}/ent?host={quote(str(run))}",
            "REDIS_URL": f"unix://{quote(str(run / 'redis.sock'))}",
        }


@contextmanager
def hold(path: Path, mode: int = fcntl.LOCK_EX) -> Iterator[IO[str]]:
    """The lock of that file, which the kernel frees with its last descriptor, however the process ends."""
    with path.open("a") as file:
        fcntl.flock(file, mode)
        yield file


def is_held(path: Path) -> bool:
    try:
        with hold(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
