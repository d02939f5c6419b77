"""What reading the register came to, for the terminal, for the administration and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

LISTED = 200  # of each kind, in words; JSON has them all


@dataclass(frozen=True)
class Difference:
    """A field that the register would write otherwise, and that stays as somebody else set it."""

    uai: str
    school: str
    field: str
    here: str
    register: str
    kept_for: str


@dataclass
class Report:
    created: list[str] = field(default_factory=list)
    updated: dict[str, list[str]] = field(default_factory=dict)  # the names of the fields, by UAI
    unchanged: int = 0
    unknown: int = 0  # schools of the register that are not here
    elsewhere: int = 0  # here, and of no mandate of whoever asks
    sections: int = 0
    others: int = 0
    differences: list[Difference] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    dry_run: bool = False

    def counts(self) -> list[tuple[str, int]]:
        return [
            (_("Établissements créés, en « prévu »"), len(self.created)),
            (_("Établissements mis à jour"), len(self.updated)),
            (_("Établissements inchangés"), self.unchanged),
            (_("Établissements du registre qui ne sont pas ici"), self.unknown),
            (_("Établissements hors de votre académie"), self.elsewhere),
            (_("Sections d’un autre établissement (SEP, SGT)"), self.sections),
            (_("Autres lignes : écoles, services"), self.others),
            (_("Valeurs gardées, différentes du registre"), len(self.differences)),
            (_("Lignes en erreur"), len(self.errors)),
        ]

    def as_dict(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "unknown": self.unknown,
            "elsewhere": self.elsewhere,
            "sections": self.sections,
            "others": self.others,
            "differences": [vars(difference) for difference in self.differences],
            "errors": [{"line": line, "message": message} for line, message in self.errors],
        }

    def as_text(self) -> str:
        lines = [_("Essai : rien n’a été écrit.")] if self.dry_run else []
        lines += [f"{label} : {count}" for label, count in self.counts()]
        for line, message in self.errors[:LISTED]:
            lines.append(_("Ligne %(line)d : %(message)s") % {"line": line, "message": message})
        said = _("%(uai)s, %(field)s : « %(here)s » gardé (%(kept_for)s) ; le registre dit « %(register)s ».")
        lines += [said % vars(difference) for difference in self.differences[:LISTED]]
        return "\n".join(lines)
