"""Child processes that end with us, and in the order that we choose."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ent.embedded.account import Account

RESTARTS = 4  # after 1, 2, 4 and 8 seconds
STEADY = 60.0  # seconds of life after which earlier deaths are forgotten
TO_ANSWER = 60.0  # seconds: PostgreSQL may be recovering from a power cut
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the signal when our process dies, even by SIGKILL (Linux only)."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(sig))
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return ask_the_kernel


class Make:
    """The `make` that runs us, if one does. Stopped alone, it waits for our end without a word: we look at it."""

    def __init__(self) -> None:
        self.pid = os.getppid() if "MAKELEVEL" in os.environ else None
        self.listened = self._listens()

    def has_given_up(self) -> bool:
        """Is it dead, or has it had its Ctrl-C? GNU make then puts the signal back to what it was, as /proc shows."""
        if self.pid is None:
            return False
        return os.getppid() != self.pid or (self.listened and not self._listens())

    def _listens(self) -> bool:
        if self.pid is None:
            return False
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return False  # not Linux, or gone
        caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
        return bool(int(caught, 16) & (1 << (signal.SIGINT - 1)))


class UnsteadyError(Exception):
    """A child that does not stay up."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.name)
        self.child = child


@dataclass(kw_only=True)
class Child:
    """A command that runs until it is stopped, in a session of its own: Ctrl-C is for us alone."""

    name: str
    command: Sequence[str | Path]
    log: Path
    env: Mapping[str, str]
    cwd: Path
    answers: Sequence[str | Path] = ()  # succeeds once the child is up
    account: Account = field(default_factory=Account.ours)
    pass_fds: Sequence[int] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 3.0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _deaths: int = field(default=0, init=False)
    _due: float | None = field(default=None, init=False)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self._started, self._due = time.monotonic(), None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                pass_fds=self.pass_fds,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),
                **self.account.popen_options(),
            )

    def wait_until_it_answers(self) -> None:
        while subprocess.run(self.answers, env=self.env, capture_output=True, check=False).returncode != 0:
            if not self.running or time.monotonic() > self._started + TO_ANSWER:
                raise UnsteadyError(self)
            time.sleep(0.02)

    def revive(self) -> bool:
        """Start it again if it died, later each time; True when that was done just now."""
        if self.running:
            return False
        now = time.monotonic()
        if self._due is None:
            self._sweep()
            self._deaths = 1 if now - self._started > STEADY else self._deaths + 1
            if self._deaths > RESTARTS:
                raise UnsteadyError(self)
            self._due = now + 2 ** (self._deaths - 1)
        if now < self._due:
            return False
        self.start()
        return True

    def stop(self) -> None:
        self.ask_to_stop()
        self.wait_until_stopped()

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(self.stop_signal)

    def wait_until_stopped(self) -> None:
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self.patience)
            self._sweep()
            self._process.wait()

    def _sweep(self) -> None:
        """Kill whatever is left of its session: a worker without its master would keep the port."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
