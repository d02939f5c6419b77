"""`manage.py make_directory DIR --establishments N --students M --seed S`: a feed of invented people."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from establishments.directory.invention.facts import schools
from establishments.directory.invention.making import make

DAY = date(2025, 9, 1)  # not today: the same arguments give the same files
REGISTER = Path("shared", "data", "etablissements.csv")  # beside the project, where it lies there


class Command(BaseCommand):
    help = _("Écrit un export complet de l’annuaire fédérateur pour des personnes inventées.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help=_("le dossier où écrire les fichiers"))
        parser.add_argument("--establishments", type=int, default=12, help=_("nombre d’établissements"))
        parser.add_argument("--students", type=int, default=1500, help=_("nombre d’élèves en tout"))
        parser.add_argument("--seed", type=int, default=1, help=_("graine : la même donne les mêmes fichiers"))
        parser.add_argument("--date", type=date.fromisoformat, default=DAY, help=_("jour de l’export, AAAA-MM-JJ"))
        parser.add_argument(
            "--delta",
            type=float,
            default=0,
            help=_("part, en %%, de ceux que change le différentiel du lendemain"),
        )

    def handle(self, *, folder: Any, establishments: int, students: int, seed: int, date: date, **options: Any) -> None:
        if not 0 <= options["delta"] <= 100:
            raise CommandError(_("La part d’un différentiel va de 0 à 100 %."))
        if establishments < 1 or students < 0:
            raise CommandError(_("Il faut au moins un établissement, et un nombre d’élèves positif."))
        found = schools(establishments, register=settings.ROOT.parent / REGISTER)
        make(folder=Path(folder), schools=found, students=students, seed=seed, day=date, delta=options["delta"])
        if options["verbosity"]:
            self.stdout.write(
                _("%(schools)d établissements et %(students)d élèves inventés dans %(folder)s.")
                % {"schools": len(found), "students": students, "folder": folder}
            )
