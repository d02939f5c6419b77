from __future__ import annotations

import json
from dataclasses import asdict
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from ent.bench.load import Measure, fetch, measure, measure_work, median
from ent.bench.pages import BenchPage, BenchWork
from ent.bench.server import gunicorn
from ent.features import feature_modules

FLOOR_SESSIONS = "django.contrib.sessions.backends.cached_db"
WARM_UP = 1.0  # seconds
# The cookies of a browser that has been here before, by their names over plain HTTP.
SESSION_COOKIE_NAME = "ent_session"
CSRF_COOKIE = "ent_csrf=" + "0" * 32


class Command(BaseCommand):
    help = "Mesure les pages de tous les jours, à côté d’un plancher mesuré dans le même passage."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connections", type=int, default=8)
        parser.add_argument("--seconds", type=float, default=5, help="durée de chaque mesure")
        parser.add_argument("--rounds", type=int, default=3, help="passages, plancher et page en alternance")
        parser.add_argument("--features", nargs="+", help="seulement ceux-là : directory support")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", database="owner", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        modules = [m for m in feature_modules("bench") if _is_asked(m.__name__, options["features"])]
        for module in modules:
            module.seed()
        pages = [page for module in modules for page in module.pages()]
        works = [work for module in modules if hasattr(module, "works") for work in module.works()]
        with gunicorn("ent.bench.settings") as portal, gunicorn("ent.bench.floor_settings") as floor:
            results = [self._measured(page, portal, floor, options) for page in pages]
            results += [self._worked(work, portal, options) for work in works]
        if options["json"]:
            self.stdout.write(json.dumps(results, ensure_ascii=False, indent=1))

    def _measured(self, page: BenchPage, portal: int, floor: int, options: dict[str, Any]) -> dict[str, Any]:
        cookie = cookie_of(page.user, "accounts.sessions.backend.SessionBackend")
        bare_cookie = cookie_of(page.user, "django.contrib.auth.backends.ModelBackend", engine=FLOOR_SESSIONS)
        status, body = fetch(portal, page.path, cookie)
        if status != 200:
            raise RuntimeError(f"{page.path} answered {status}: {body[:200]!r}")
        _status, bare = fetch(floor, "/floor/?size=0", bare_cookie)
        beside = f"/floor/?size={max(0, len(body) - len(bare))}"
        pace = {"connections": options["connections"], "seconds": options["seconds"]}
        for port, path, own in ((floor, beside, bare_cookie), (portal, page.path, cookie)):
            measure(port, path, own, connections=options["connections"], seconds=WARM_UP)
        floors, pages = [], []
        for _ in range(options["rounds"]):
            floors.append(measure(floor, beside, bare_cookie, **pace))
            pages.append(measure(portal, page.path, cookie, **pace))
        result = {"page": page.name, "bytes": len(body), "floor": median(floors), "portal": median(pages)}
        self._say(result)
        ratio = result["portal"].per_second / result["floor"].per_second
        return {**result, "floor": asdict(result["floor"]), "portal": asdict(result["portal"]), "ratio": ratio}

    def _worked(self, work: BenchWork, portal: int, options: dict[str, Any]) -> dict[str, Any]:
        def ask() -> None:
            work.ask(portal)

        pace = {"connections": options["connections"], "seconds": options["seconds"]}
        measure_work(ask, connections=options["connections"], seconds=WARM_UP)
        found = median([measure_work(ask, **pace) for _ in range(options["rounds"])])
        self.stderr.write(f"\n{work.name}\n  {line(found, unit='/s')}\n  {work.said(found)}")
        return {"work": work.name, "portal": asdict(found), "said": work.said(found)}

    def _say(self, result: dict[str, Any]) -> None:
        portal, floor = result["portal"], result["floor"]
        self.stderr.write(f"\n{result['page']} ({result['bytes'] / 1000:.0f} ko)")
        self.stderr.write(f"  page      {line(portal)}")
        self.stderr.write(f"  plancher  {line(floor)}")
        self.stderr.write(f"  rapport   {portal.per_second / floor.per_second:.0%} des pages du plancher")


def line(m: Measure, *, unit: str = " pages/s") -> str:
    return f"{m.per_second:6.0f}{unit}   p50 {m.p50:5.1f} ms   p95 {m.p95:5.1f} ms   p99 {m.p99:5.1f} ms"


def cookie_of(user: Any, backend: str, *, engine: str = "") -> str:
    """The cookie of a session as signing in makes one."""
    store = import_module(engine or settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = backend
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{SESSION_COOKIE_NAME}={store.session_key}; {CSRF_COOKIE}"


def _is_asked(module: str, features: list[str] | None) -> bool:
    return not features or module.split(".")[-2] in features
