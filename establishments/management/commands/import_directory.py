"""`manage.py import_directory PATH`: an export of the directory feed, complete or not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import import_export, replay, resume
from establishments.directory.export import open_export
from establishments.directory.models import ImportRun
from establishments.directory.report import RefusedFileError, Report
from establishments.imports.querysets import waiting_in
from establishments.territory.models import Establishment


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # the checks are the deployment's: they would load every page
    help = _("Importe un export de l’annuaire fédérateur (AAF) : un dossier, ou son archive .zip ou .tgz.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, nargs="?", help=_("le dossier ou l’archive"))
        parser.add_argument(
            "--dry-run", action="store_true", help=_("comparer seulement : chaque établissement attend un accord")
        )
        parser.add_argument("--resume", action="store_true", help=_("finir le dernier import, s’il s’est arrêté"))
        parser.add_argument(
            "--replay", action="store_true", help=_("comparer de nouveau avec les derniers fichiers lus")
        )
        parser.add_argument("--json", action="store_true", help=_("écrire le rapport en un seul objet JSON"))
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            help=_("jour de l’import, AAAA-MM-JJ ; il décide de l’année scolaire (aujourd’hui par défaut)"),
        )

    def handle(self, *, path: Any, json: bool, date: Any, **options: Any) -> None:
        if sum(map(bool, (path, options["resume"], options["replay"]))) != 1:
            raise CommandError(_("Indiquez un dossier ou une archive, ou bien --resume, ou bien --replay."))
        try:
            report = self._run(path, date or timezone.localdate(), options)
        except RefusedFileError as refusal:
            self._end_progress()
            if json:
                self._write_json({"error": refusal.as_dict()})
            raise CommandError(_("Rien n’a été importé. %(refusal)s") % {"refusal": refusal}) from refusal
        except (OperationalError, InterfaceError) as error:
            self._end_progress()
            raise CommandError(
                _(
                    "La base de données s’est arrêtée. Les établissements finis le sont, les autres n’ont pas changé : "
                    "relancez la même commande, ou --resume si les fichiers étaient déjà lus. (%(error)s)"
                )
                % {"error": " ".join(str(error).split())}
            ) from error
        self._end_progress()
        self._write(report, as_json=json)

    def _run(self, path: Any, day: Any, options: dict[str, Any]) -> Report:
        if path:
            with open_export(Path(path)) as export:
                _run, report = import_export(
                    export=export, day=day, is_dry=options["dry_run"], progress=self._show_progress
                )
            return report
        last = ImportRun.objects.exclude(state=ImportRun.State.REFUSED).first()
        if last is None:
            raise CommandError(_("Aucun import n’a encore été fait."))
        if options["resume"]:
            if last.state == ImportRun.State.READING:
                raise CommandError(_("Le dernier import s’est arrêté avant d’avoir tout lu : importez ses fichiers."))
            return resume(run=last, progress=self._show_progress)
        return replay(run=last, progress=self._show_progress)[1]

    def _write(self, report: Report, *, as_json: bool) -> None:
        if as_json:
            self._write_json(report.as_dict())
        else:
            self.stdout.write(report.as_text())
            self._write_what_waits()

    def _write_what_waits(self) -> None:
        """The table counts nothing of a school that waits: without this line, it would seem that nothing changes."""
        schools = list(Establishment.objects.values_list("pk", flat=True))
        with tenant_scope(schools):
            count = waiting_in(schools).count()
        if count:
            self.stdout.write("\n" + _("Établissements en attente d’un accord : %(count)d") % {"count": count})
            self.stdout.write("  " + _("Lesquels, et ce qui y changerait : manage.py review_directory"))

    def _write_json(self, content: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(content, ensure_ascii=False))

    def _show_progress(self, what: str, count: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{what} : {count}", ending="")

    def _end_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
