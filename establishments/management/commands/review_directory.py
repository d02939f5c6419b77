"""`manage.py review_directory`: the schools whose import waits, and what an agent of the academy decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.directory.models import SchoolRun
from establishments.imports import actions
from establishments.imports.querysets import runs_of, waiting_in
from establishments.territory.models import Establishment


class Command(BaseCommand):
    help = _("Montre les établissements dont l’import attend un accord, accepte, refuse ou annule.")

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help=_("ce qui attend (par défaut)"))
        what.add_argument("--accept", nargs="+", metavar="UAI", help=_("appliquer l’import de ces établissements"))
        what.add_argument("--reject", nargs="+", metavar="UAI", help=_("laisser ces établissements comme ils sont"))
        what.add_argument("--undo", nargs="+", metavar="UAI", help=_("défaire le dernier import de ces établissements"))
        parser.add_argument("--by", metavar="IDENTIFIANT", help=_("l’agent de l’académie qui décide"))
        parser.add_argument("--reason", default="", help=_("pourquoi, pour refuser ou annuler"))
        parser.add_argument("--json", action="store_true", help=_("écrire un seul objet JSON"))

    def handle(self, *, accept: Any, reject: Any, undo: Any, json: bool, **options: Any) -> None:
        codes, by, reason = accept or reject or undo, options["by"], options["reason"]
        if not codes:
            self._write([_described(row) for row in self._all_waiting()], as_json=json)
            return
        if not by:
            raise CommandError(_("Dites qui décide : --by identifiant."))
        if not accept and not reason:
            raise CommandError(_("Dites pourquoi : --reason « … »."))
        agent = User.objects.filter(username=by).first()
        if agent is None:
            raise CommandError(_("Personne n’a cet identifiant : %(by)s.") % {"by": by})
        act: Callable[..., None] = actions.accept if accept else actions.reject if reject else actions.undo
        more = {} if accept else {"reason": reason}
        states = (SchoolRun.State.APPLIED,) if undo else SchoolRun.WAITING
        self._write([self._decide(uai, agent, act, states, more) for uai in codes], as_json=json)

    def _all_waiting(self) -> list[SchoolRun]:
        schools = list(Establishment.objects.values_list("pk", flat=True))
        with tenant_scope(schools):
            return list(waiting_in(schools))

    def _decide(
        self, uai: str, by: User, act: Callable[..., None], states: Any, more: dict[str, str]
    ) -> dict[str, Any]:
        """One school after the other: what one refuses does not hold up the rest."""
        school = Establishment.objects.filter(uai=uai.upper()).first()
        if school is None:
            return {"uai": uai, "error": str(_("Établissement inconnu."))}
        with tenant_scope([school]):
            row = runs_of([school.pk]).filter(state__in=states).first()
        if row is None:
            nothing = (
                _("Aucun import n’y attend d’accord.")
                if act is not actions.undo
                else _("Son dernier import n’est pas appliqué.")
            )
            return {"uai": uai, "error": nothing}
        try:
            act(school_run=row, by=by, **more)
        except PermissionDenied:
            return {"uai": uai, "error": str(_("Cette personne ne décide pas pour cet établissement."))}
        except ValidationError as refused:
            return {"uai": uai, "error": " ".join(refused.messages)}
        with tenant_scope([school]):
            return _described(runs_of([school.pk]).get(pk=row.pk))

    def _write(self, rows: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"schools": rows}, ensure_ascii=False))
        else:
            for row in rows:
                self.stdout.write(_line(row))
            if not rows:
                self.stdout.write(str(_("Aucun établissement n’attend.")))
        if any("error" in row for row in rows):
            raise CommandError(_("Tout n’a pas pu être décidé."))


def _described(row: SchoolRun) -> dict[str, Any]:
    return {
        "uai": row.establishment.uai,
        "school": str(row.establishment),
        "state": row.state,
        "people": row.people,
        "arrived": row.arrived,
        "changed": row.changed,
        "left": row.left,
        "origin": row.run.origin,
        "day": row.run.day.isoformat(),
    }


def _line(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"{row['uai']:<10} {row['error']}"
    counted = _("%(arrived)d arrivées, %(changed)d modifications, %(left)d départs sur %(people)d") % row
    return f"{row['uai']:<10} {SchoolRun.State(row['state']).label} · {counted} · {row['school']}"
