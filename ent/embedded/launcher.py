"""`make demo`: the whole portal on one machine, with invented schools, from one command."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from zoneinfo import ZoneInfo

from ent.embedded import ensure_services
from ent.embedded.home import ROOT, Home, ServicesError, hold, is_held, tail
from ent.embedded.processes import Child, Make, UnsteadyError, die_with_parent

ADDRESS = "127.0.0.1"
PARIS = ZoneInfo("Europe/Paris")  # where the schools are
WORKERS = min(os.cpu_count() or 1, 4)  # one a core: more are slower
HEALTHY_WITHIN = 120.0  # seconds
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def demo() -> int:
    home, port = Home.from_environment(), _port()
    if os.environ.get("DATABASE_URL") and os.environ.get("ENT_DEMO") != "1":
        raise ServicesError(
            "DATABASE_URL désigne une base que « make demo » n’a pas faite. Retirez cette variable ou, si la base peut "
            "recevoir des personnes inventées dont les mots de passe sont publics, posez aussi ENT_DEMO=1."
        )
    _interrupt_on_stop_signals()
    home.create()
    make = Make()
    try:
        with _alone(home):
            say("Démarrage de PostgreSQL et de Redis…")
            with ensure_services():
                demonstration = Demonstration(home, port, make)
                demonstration.prepare()
                demonstration.serve()
    except KeyboardInterrupt:
        say("Tout est arrêté. Vos essais sont gardés : « make demo » les retrouve.")
    return 0


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Two planners on the same data would send everything twice."""
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(home.path / "demo.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise ServicesError(
                f"Une démonstration tourne déjà sur {home.path} : arrêtez-la d’abord (Ctrl-C)."
            ) from error
        yield


def say(text: str) -> None:
    with suppress(OSError):  # the terminal is gone: that is why we are stopping
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _port() -> int:
    """ENT_PORT, once it is certain that we can listen there."""
    written = os.environ.get("ENT_PORT") or "8000"
    if not written.isdecimal() or not 0 < (port := int(written)) < 65536:
        raise ServicesError(f"ENT_PORT vaut « {written} » : donnez un nombre entre 1 et 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            reason = "est déjà pris" if error.errno == errno.EADDRINUSE else f"est refusé ({error.strerror})"
            raise ServicesError(
                f"Le port {port} {reason}. Choisissez-en un autre, par exemple : ENT_PORT=8010 make demo"
            ) from error
    return port


def _interrupt_on_stop_signals() -> None:
    """Every way to ask us to stop is a KeyboardInterrupt, but the one that `nohup` had us ignore."""
    for sig in STOP_SIGNALS:
        if sig is not signal.SIGHUP or signal.getsignal(sig) is not signal.SIG_IGN:
            signal.signal(sig, signal.default_int_handler)


def _environment(home: Home) -> dict[str, str]:
    """What a demonstration on loopback needs; what the caller sets goes first."""
    defaults = {
        "SECRET_KEY": _secret(home.path / "secret"),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "ENT_INSECURE_COOKIES": "1",  # plain HTTP
        "STATIC_ROOT": str(home.path / "static"),
        "MEDIA_ROOT": str(home.path / "media"),
    }
    return defaults | os.environ | {"ENT_DEMO": "1", "ENT_HOME": str(home.path)}


def _secret(file: Path) -> str:
    """The same at each start, so that sessions go on."""
    with (
        suppress(FileExistsError),
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new,
    ):
        new.write(secrets.token_urlsafe(50))
    return file.read_text()


class Demonstration:
    def __init__(self, home: Home, port: int, make: Make) -> None:
        self.home = home
        self.port = port
        self.make = make
        self.env = _environment(home)
        self.env.setdefault("ENT_ORIGIN", f"http://{ADDRESS}:{port}")
        (home.path / "demonstration").touch()  # tells `manage.py` by hand what these data are
        self.embedded = self.env["DATABASE_URL"] == home.urls()["DATABASE_URL"]
        self.in_terminal = sys.stdout.isatty() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
        self.started: list[Child] = []
        gunicorn = f"gunicorn ent.wsgi --bind={ADDRESS}:{port} --workers={WORKERS} --graceful-timeout=2"
        self.children = [
            self._child("web", f"{gunicorn} --preload --no-control-socket --log-level=warning"),
            self._child("worker", "celery -A ent worker --concurrency=1 --loglevel=WARNING"),
            self._child("beat", "celery -A ent beat --loglevel=WARNING"),
        ]

    def _child(self, name: str, words: str) -> Child:
        return Child(
            name=name,
            command=[sys.executable, "-m", *words.split()],
            log=self.home.logs / f"{name}.log",
            # As in production, what serves people does not have the owner's address.
            env={key: value for key, value in self.env.items() if key != "DATABASE_OWNER_URL"},
            cwd=ROOT,
        )

    def prepare(self) -> None:
        """The tables, the static files, the invented schools: a second start has little to do."""
        requirements, settings = ROOT / "requirements" / "base.txt", ROOT / "ent" / "settings.py"
        migrations = _fingerprint([requirements, *ROOT.glob("*/migrations/*.py")])
        stamp = self.home.services / "migrated"  # beside the data: erased with them
        if not self.embedded or _is_news(stamp, migrations):
            say("Préparation de la base de données…")
            self._manage("migrate", "--database=owner", "--verbosity=0")
            if self.embedded:
                stamp.write_text(migrations)
        static = _fingerprint([requirements, settings, *ROOT.glob("static/**/*"), *ROOT.glob("*/static/**/*")])
        stamp = self.home.path / "collected"
        if _is_news(stamp, static):
            say("Rassemblement des feuilles de style, des icônes et des scripts…")
            self._manage("collectstatic", "--noinput", "--verbosity=0")
            stamp.write_text(static)
        # Each day has its homework: what was loaded yesterday is completed today.
        loaded = f"{datetime.now(PARIS).date()} {_fingerprint(ROOT.glob('*/**/demo.py'))} {migrations}"
        stamp = self.home.services / "loaded"
        if not self.embedded or _is_news(stamp, loaded):
            say("Chargement des établissements et des personnes inventés : une minute la première fois…")
            self._manage("load_demo")
            if self.embedded:
                stamp.write_text(loaded)

    def serve(self) -> None:
        try:
            say("Démarrage du portail…")
            web, *others = self.children
            self._start(web)
            with TemporaryFile("w+") as accounts:
                listing = self._begin("demo_accounts", stdout=accounts)  # checks passwords, which is slow on purpose
                self._wait_for_health()
                say(f"\nL’ENT est ouvert : http://{ADDRESS}:{self.port}/\n")
                self._end(listing)
                accounts.seek(0)
                say(accounts.read())
            for child in others:  # once the page is there: whoever waits for it waits for nothing else
                self._start(child)
            say(f"Pour l’arrêter : Ctrl-C. Ses journaux : {self.home.logs}")
            while True:
                self._supervise()
        except UnsteadyError as failure:
            raise ServicesError(
                f"« {failure.child.name} » s’arrête sans cesse. {_last_words(failure.child)}"
            ) from failure
        finally:
            for sig in STOP_SIGNALS:
                signal.signal(sig, signal.SIG_IGN)  # asked once, it will be done
            say("\nArrêt en cours…")
            for child in self.children:
                child.ask_to_stop()
            for child in self.children:
                child.wait_until_stopped()

    def _start(self, child: Child) -> None:
        child.start()
        self.started.append(child)

    def _wait_for_health(self) -> None:
        deadline = time.monotonic() + HEALTHY_WITHIN
        while not _is_healthy(self.port):
            if time.monotonic() > deadline:
                raise ServicesError(f"Le portail ne répond pas. {_last_words(self.children[0])}")
            self._supervise()

    def _supervise(self) -> None:
        if self.in_terminal and not sys.stdout.isatty():
            raise KeyboardInterrupt  # the window was closed, and the kernel told `make` alone
        self._stop_with_make()
        for child in self.started:
            if child.revive():
                say(f"« {child.name} » s’était arrêté : il est relancé (son journal : {child.log}).")
        if self.embedded and not is_held(self.home.keeper):
            raise ServicesError(f"PostgreSQL et Redis se sont arrêtés. Leurs journaux : {self.home.logs}")
        time.sleep(0.25)

    def _stop_with_make(self) -> None:
        if self.make.has_given_up():
            raise KeyboardInterrupt

    def _manage(self, *words: str) -> None:
        """A management command, that writes to our terminal and does not outlive us."""
        self._end(self._begin(*words))

    def _begin(self, *words: str, stdout: IO[str] | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            stdout=stdout,
            start_new_session=True,  # Ctrl-C is for us, and we say it without a traceback
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def _end(self, command: subprocess.Popen[bytes]) -> None:
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    code = command.wait(0.25)
                    break
                self._stop_with_make()
        except KeyboardInterrupt:
            command.kill()  # in a transaction, or in what is done again at the next start
            command.wait()
            raise
        if code:
            raise ServicesError(
                f"« {' '.join(command.args[1:3])} » n’a pas abouti (voir ci-dessus) : la démonstration s’arrête."  # type: ignore[index]
            )


def _fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        if file.is_file():
            digest.update(os.fsencode(file.relative_to(ROOT)) + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _is_news(stamp: Path, fingerprint: str) -> bool:
    return not stamp.exists() or stamp.read_text() != fingerprint


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=5)
    try:
        connection.request("GET", "/sante/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_words(child: Child) -> str:
    return f"Son journal ({child.log}) finit ainsi :\n{tail(child.log)}"
