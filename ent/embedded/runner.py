"""One command with the services around it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ent.embedded import Home, ServicesError, ensure_services
from ent.embedded.home import is_held
from ent.embedded.places import erase, put_away
from ent.embedded.processes import die_with_parent


def run(command: Sequence[str], *, throw_away: bool = False) -> int:
    """Run it and give its exit code, as a shell would."""
    with ExitStack() as stack:
        if throw_away:
            home = Home(Path(tempfile.mkdtemp(prefix="ent-")).resolve())
            stack.callback(put_away, home, throw_away=True)
            home.path.chmod(0o711)  # as root, the servers' account goes through
            os.environ["ENT_HOME"] = str(home.path)
        stack.enter_context(ensure_services(throw_away=throw_away))
        return _follow(command)


def _follow(command: Sequence[str]) -> int:
    # `pytest` means the one that was installed beside the Python that runs us.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    try:
        child = subprocess.Popen(
            command,
            env=os.environ | {"PATH": path},
            executable=shutil.which(command[0], path=path),
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]} : {error.strerror}\n")
        return 127
    # The terminal sends Ctrl-C to the command too: it decides, and we wait for it.
    signal.signal(signal.SIGINT, lambda *_: None)
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda number, _: child.send_signal(number))
    code = child.wait()
    return 128 - code if code < 0 else code


def erase_home() -> int:
    home = Home.from_environment()
    if not home.path.exists():
        return 0
    home.create()
    if is_held(home.users):
        raise ServicesError(f"{home.path} sert en ce moment : arrêtez d’abord la démonstration (Ctrl-C).")
    erase(home)
    return 0
