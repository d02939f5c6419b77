"""`manage.py import_register PATH`: the open-data register of schools."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from establishments.register.actions import import_register
from establishments.register.reading import read


class Command(BaseCommand):
    help = _("Complète les établissements par l’annuaire de l’éducation, le registre national en données ouvertes.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help=_("le fichier CSV"))
        parser.add_argument("--dry-run", action="store_true", help=_("dire ce qui changerait, sans rien écrire"))
        parser.add_argument("--create", action="store_true", help=_("créer ceux qui manquent, en « prévu »"))
        parser.add_argument("--json", action="store_true", help=_("écrire le rapport en un seul objet JSON"))

    def handle(self, *, path: Path, dry_run: bool, create: bool, json: bool, **options: Any) -> None:
        try:
            reading = read(path.read_bytes())
        except OSError as error:
            raise CommandError(_("Ce fichier n’est pas lisible : %(path)s.") % {"path": path}) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        report = import_register(reading=reading, by=None, create=create, dry_run=dry_run)
        said = json_module.dumps(report.as_dict(), ensure_ascii=False) if json else report.as_text()
        self.stdout.write(said)
