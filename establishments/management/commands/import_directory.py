"""`manage.py import_directory PATH`: a complete export of the directory feed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from establishments.directory.actions import import_complete
from establishments.directory.export import open_export
from establishments.directory.report import RefusedFileError, Report


class Command(BaseCommand):
    help = _("Importe un export complet de l’annuaire fédérateur (AAF) : un dossier, ou son archive .zip ou .tgz.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help=_("le dossier ou l’archive"))
        parser.add_argument("--json", action="store_true", help=_("écrire le rapport en un seul objet JSON"))
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            help=_("jour de l’import, AAAA-MM-JJ ; il décide de l’année scolaire (aujourd’hui par défaut)"),
        )

    def handle(self, *, path: Any, json: bool, date: Any, **options: Any) -> None:
        try:
            with open_export(Path(path)) as export:
                report = import_complete(export=export, day=date or timezone.localdate(), progress=self._show_progress)
        except RefusedFileError as refusal:
            self._end_progress()
            if json:
                self._write_json({"error": refusal.as_dict()})
            raise CommandError(_("Rien n’a été importé. %(refusal)s") % {"refusal": refusal}) from refusal
        self._end_progress()
        self._write(report, as_json=json)

    def _write(self, report: Report, *, as_json: bool) -> None:
        if as_json:
            self._write_json(report.as_dict())
        else:
            self.stdout.write(report.as_text())

    def _write_json(self, content: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(content, ensure_ascii=False))

    def _show_progress(self, what: str, count: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{what} : {count}", ending="")

    def _end_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
