"""`manage.py import_table UAI PATH`: the people of a school that no feed knows, from its own table."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from establishments.directory.report import RefusedFileError
from establishments.models import Establishment
from establishments.tables.actions import import_table, subject_codes
from establishments.tables.reading import COLUMNS, MissingColumnsError, read, template


class Command(BaseCommand):
    help = _("Importe les personnes d’un établissement d’un tableau CSV : voir docs/table-des-personnes.md.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uai", nargs="?", help=_("le code UAI de l’établissement"))
        parser.add_argument("path", type=Path, nargs="?", help=_("le tableau"))
        parser.add_argument("--dry-run", action="store_true", help=_("comparer seulement : un accord est attendu"))
        parser.add_argument("--json", action="store_true", help=_("écrire le rapport en un seul objet JSON"))
        parser.add_argument("--date", type=date.fromisoformat, help=_("jour de l’import, AAAA-MM-JJ"))
        parser.add_argument("--template", action="store_true", help=_("écrire un modèle de tableau et s’arrêter"))
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar=_("COLONNE=ENTÊTE"),
            help=_("dire quel en-tête est une colonne"),
        )

    def handle(self, *, uai: Any, path: Any, json: bool, date: Any, **options: Any) -> None:
        if options["template"]:
            self.stdout.write(template().decode("utf-8"), ending="")
            return
        if not uai or not path:
            raise CommandError(_("Indiquez le code UAI et le tableau."))
        school = Establishment.objects.filter(uai=uai.upper()).first()
        if school is None:
            raise CommandError(_("Aucun établissement n’a le code %(uai)s.") % {"uai": uai})
        chosen = dict(pair.partition("=")[::2] for pair in options["map"])
        if unknown := chosen.keys() - COLUMNS.keys():
            raise CommandError(_("Colonne inconnue : %(names)s.") % {"names": ", ".join(sorted(unknown))})
        try:
            table = read(Path(path).read_bytes(), uai=school.uai, subjects=subject_codes(), chosen=chosen)
            _run, report = import_table(
                school=school,
                table=table,
                origin=Path(path).name,
                day=date or timezone.localdate(),
                by=None,
                is_dry=options["dry_run"],
            )
        except MissingColumnsError as error:
            heads = ", ".join(f"« {head} »" for head in error.head)
            said = _("%(error)s Le tableau a : %(heads)s. Dites laquelle avec --map COLONNE=ENTÊTE.")
            raise CommandError(said % {"error": error.messages[0], "heads": heads}) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except (OSError, RefusedFileError) as error:
            raise CommandError(_("Rien n’a été importé. %(error)s") % {"error": error}) from error
        self._write(report.as_dict() if json else report.as_text())

    def _write(self, said: dict[str, Any] | str) -> None:
        self.stdout.write(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))
