"""What an import says of itself: how many rows it wrote, and which records it could not take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

# In the order of the printed report. `staff` holds the heads too.
COUNTED = {
    "establishments": _("Établissements"),
    "subjects": _("Matières"),
    "groups": _("Classes et groupes"),
    "students": _("Élèves"),
    "guardians": _("Responsables"),
    "teachers": _("Enseignants"),
    "staff": _("Autres personnels"),
    "memberships": _("Appartenances"),
    "group_memberships": _("Élèves des groupes"),
    "teachings": _("Enseignements"),
    "form_teachers": _("Professeurs principaux"),
    "guardianships": _("Responsabilités"),
}
# What is counted school by school.
SETTLED = [key for key in COUNTED if key not in {"establishments", "subjects"}]
REJECTIONS_LISTED = 1_000  # for each reason
SHOWN = 5  # of each kind, in the printed report
WARNINGS_LISTED = 50  # for each reason


class Reason(models.TextChoices):
    """Why a file, a record or a value is not taken as it is."""

    # A file: the run stops before anything is written.
    MISSING = "missing", _("Ce fichier ou ce dossier n’existe pas.")
    ARCHIVE = "archive", _("Cette archive est illisible : %(detail)s.")
    NOTHING = (
        "nothing",
        _("Aucun fichier d’export ici : on attend « …_Complet_AAAAMMJJ_Eleve_0000.xml »."),
    )
    NAME_TWICE = "name_twice", _("Deux fichiers portent ce nom.")
    TWO_DATES = "two_dates", _("Deux exports complets de dates différentes : gardez le plus récent.")
    NO_STRUCTURES = "no_structures", _("L’export n’a pas de fichier EtabEducNat.")
    ACADEMIES = "academies", _("Un export est celui d’une académie ; ici : %(academies)s.")
    NO_ACADEMY = "no_academy", _("L’académie de l’export n’est indiquée nulle part.")
    NOT_XML = "not_xml", _("Ce fichier n’est pas du XML.")
    TRUNCATED = "truncated", _("Ce fichier est tronqué : il s’arrête avant sa fin.")
    MALFORMED = "malformed", _("XML mal formé : %(detail)s.")
    ENTITIES = "entities", _("Ce fichier déclare des entités XML : il est refusé.")
    ROOT = "root", _("La racine est « %(found)s » au lieu de « ficAlimMENESR ».")
    UNEXPECTED = "unexpected", _("Élément inattendu : « %(found)s ».")
    CATEGORY = "category", _("Une fiche « %(found)s » dans un fichier %(expected)s.")
    ENDLESS = "endless", _("Une fiche dépasse %(megabytes)d Mo.")
    BUSY = "busy", _("Un autre import est en cours : attendez qu’il se termine.")
    STOPPED = "stopped", _("L’import s’est arrêté pendant la lecture : rien n’a été écrit. Envoyez-le de nouveau.")
    FED = "fed", _("L’annuaire de l’académie donne déjà les personnes de %(school)s : un tableau les doublerait.")
    NO_FEED = "no_feed", _("Différentiel sans export complet reçu avant lui : importez d’abord le complet.")
    OLDER = "older", _("Daté du %(date)s : un export du %(known)s est déjà là.")
    GAP = "gap", _("Il manque le différentiel du %(missing)s : attendez-le, ou importez un export complet.")
    WAITS = (
        "waits",
        _("Un différentiel n’a pas pu être lu : celui-ci est mis de côté jusqu’au prochain export complet."),
    )

    # A record, or a link in it: it is left out, the rest goes on.
    NO_ID = "no_id", _("Fiche sans identifiant, ligne %(line)d.")
    OTHER_ID = "other_id", _("La fiche porte deux identifiants différents : %(other)s dans ses attributs.")
    DUPLICATE = (
        "duplicate",
        _("Cet identifiant est déjà celui d’une autre fiche : seule la première est lue."),
    )
    NOT_AN_ADDITION = "not_an_addition", _("Requête « %(request)s » : un export complet n’a que des ajouts.")
    UNKNOWN_RECORD = "unknown_record", _("Modification d’une fiche que l’export complet n’a pas donnée.")
    UNREADABLE = "unreadable", _("Fiche illisible, ligne %(line)d : %(detail)s.")
    REUSED = "reused", _("Cet identifiant était celui de quelqu’un d’autre : un nouveau compte est créé.")
    NO_NAME = "no_name", _("Fiche sans nom.")
    TOO_LONG = "too_long", _("%(attribute)s dépasse %(limit)d caractères.")
    BAD_UAI = "bad_uai", _("Code UAI illisible : « %(uai)s ».")
    UAI_TWICE = "uai_twice", _("Le code UAI %(uai)s est déjà celui d’une autre structure.")
    OTHER_ACADEMY = (
        "other_academy",
        _("L’établissement %(uai)s est d’une autre académie : cet export ne le change pas."),
    )
    LONELY_SECTION = "lonely_section", _("Section d’un établissement qui n’est pas dans l’export.")
    UNKNOWN_SCHOOL = "unknown_school", _("Établissement inconnu : %(structures)s.")
    NO_SCHOOL = "no_school", _("Fiche sans établissement.")
    BAD_VALUE = "bad_value", _("%(attribute)s illisible : « %(value)s ».")
    UNKNOWN_STRUCTURE = (
        "unknown_structure",
        _("Structure absente de l’export, que citent %(count)d fiche(s)."),
    )
    UNKNOWN_SUBJECT = "unknown_subject", _("Matière inconnue : %(count)d enseignement(s) laissé(s) de côté.")
    UNKNOWN_GUARDIAN = "unknown_guardian", _("Responsable absent de l’export : %(guardian)s.")

    # Taken, but somebody should look.
    CITES_UNKNOWN = "cites_unknown", _("Cite aussi une structure absente de l’annuaire : %(structures)s.")
    ASIDE = "aside", _("Différentiel mis de côté, %(count)d fiche(s) lisibles : il attend le prochain export complet.")
    GONE_SCHOOL = (
        "gone_school",
        _("Établissement absent de cet export : ses personnes restent. S’il a fermé, fermez-le."),
    )
    NEW_UAI = "new_uai", _("L’établissement %(old)s a changé de code UAI : %(new)s.")
    HELD = "held", _("Arrêté : %(left)d personnes sur %(people)d partiraient. Un accord est attendu.")
    UNKNOWN_FILE = "unknown_file", _("Nom de fichier inconnu : il n’est pas lu.")
    NO_FILE = "no_file", _("Aucun fichier %(category)s : rien n’en est retiré.")
    SLICE_MISSING = "slice_missing", _("Il manque une tranche de %(category)s : rien n’en est retiré.")
    CHECKSUM = "checksum", _("La lettre du code UAI %(uai)s est fausse.")
    NO_CLASS = "no_class", _("Élève sans classe.")
    NO_GUARDIAN = "no_guardian", _("Élève sans responsable légal.")
    NOBODYS = "nobodys", _("Responsable d’aucun élève de l’export : pas de compte.")
    BAD_DATE = "bad_date", _("Date illisible : « %(value)s ».")
    BAD_EMAIL = "bad_email", _("Adresse électronique illisible : « %(value)s ».")


class RefusedFileError(Exception):
    """A file that cannot be trusted: nothing of the run is written. `line` is 0 where there is none."""

    def __init__(self, file: str, reason: Reason, *, line: int = 0, **params: object) -> None:
        self.file, self.line, self.reason = file, line, reason.label % params
        super().__init__(self.reason)

    def __str__(self) -> str:
        if not self.file:
            return self.reason
        place = translate("%(file)s, ligne %(line)d") if self.line else "%(file)s"
        return f"{place % {'file': self.file, 'line': self.line}} : {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "reason": self.reason}


class RefusedRecordError(Exception):
    """A record that cannot be taken; its reader reports it and goes on."""

    def __init__(self, reason: Reason, **params: object) -> None:
        self.reason, self.params = reason, params
        super().__init__(reason.label % params)


class Notes:
    """Entries by reason: the first `limit` of each are listed, the others counted."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._listed: dict[Reason, list[tuple[str, str, dict[str, object]]]] = {}
        self._totals: Counter[Reason] = Counter()
        self._repeated: dict[tuple[Reason, str], tuple[str, int]] = {}
        self._absorbed: list[dict[str, str]] = []
        self._absorbed_total = 0

    def absorb(self, entries: list[dict[str, str]], total: int) -> None:
        """Take those of another report, as they were listed."""
        self._absorbed += entries[: max(0, REJECTIONS_LISTED - len(self._absorbed))]
        self._absorbed_total += total

    def add_text(self, file: str, reason: str) -> None:
        """What was already said of a whole file."""
        self.absorb([_entry(file, "", reason)], 1)

    def add(self, reason: Reason, file: str, record: str, **params: object) -> None:
        self._totals[reason] += 1
        listed = self._listed.setdefault(reason, [])
        if len(listed) < self.limit:
            listed.append((file, record, params))

    def repeat(self, reason: Reason, file: str, record: str) -> None:
        """One entry for each reason and record, however often it is met; its label counts the times."""
        key = (reason, record)
        if key not in self._repeated and len(self._repeated) >= self.limit:
            key = (reason, "…")
        first, count = self._repeated.get(key, (file, 0))
        self._repeated[key] = (first, count + 1)

    def __len__(self) -> int:
        return self._totals.total() + len(self._repeated) + self._absorbed_total

    def __iter__(self) -> Iterator[dict[str, str]]:
        yield from self._absorbed
        for reason, listed in self._listed.items():
            for file, record, params in listed:
                yield _entry(file, record, reason.label % params, reason)
            if more := self._totals[reason] - len(listed):
                file, record, params = listed[-1]
                text = translate("Et %(count)d autres fiches comme celle-ci : %(reason)s")
                yield _entry(file, record, text % {"count": more, "reason": reason.label % params}, reason)
        for (reason, record), (file, count) in self._repeated.items():
            yield _entry(file, record, reason.label % {"count": count}, reason)


def _entry(file: str, record: str, text: str, kind: str = "") -> dict[str, str]:
    """In words for people, and with the kind for what sorts them."""
    return {"file": file, "id": record, "reason": text, "kind": str(kind)}


def _by_reason(notes: Iterable[dict[str, str]]) -> Iterator[str]:
    """A few of each kind, and how many there are like them: people read this in a terminal."""
    kinds: dict[str, list[dict[str, str]]] = {}
    for note in notes:
        kinds.setdefault(note["reason"].partition("\u00a0:")[0], []).append(note)
    for alike in kinds.values():
        for note in alike[:SHOWN]:
            yield "  " + " · ".join(filter(None, (note["file"], note["id"], note["reason"])))
        if len(alike) > SHOWN:
            yield "  " + translate("… et %(count)d autres de ce genre (avec --json, toutes).") % {
                "count": len(alike) - SHOWN
            }


class Report:
    """Counts of rows, by the keys of `COUNTED`; `read` counts the records by category of file."""

    def __init__(self) -> None:
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self.removed: Counter[str] = Counter()
        self.read: Counter[str] = Counter()
        self.rejected = Notes(REJECTIONS_LISTED)
        self.warnings = Notes(WARNINGS_LISTED)

    def count(self, key: str, *, created: int = 0, updated: int = 0, unchanged: int = 0, removed: int = 0) -> None:
        self.created[key] += created
        self.updated[key] += updated
        self.unchanged[key] += unchanged
        self.removed[key] += removed

    def absorb(self, other: dict[str, Any]) -> None:
        """Add what another report says, as `as_dict` gave it."""
        for name in ("created", "updated", "unchanged", "removed", "read"):
            getattr(self, name).update(other.get(name, {}))
        for name in ("rejected", "warnings"):
            getattr(self, name).absorb(other.get(name, []), other.get(f"{name}_total", 0))

    def absorb_unchanged(self, other: dict[str, Any]) -> None:
        """Count what another report wrote or met as being there."""
        for name in ("created", "updated", "unchanged"):
            self.unchanged.update({key: other.get(name, {}).get(key, 0) for key in SETTLED})

    def as_dict(self) -> dict[str, Any]:
        counts = {
            name: {key: getattr(self, name)[key] for key in COUNTED}
            for name in ("created", "updated", "unchanged", "removed")
        }
        return {
            **counts,
            "read": dict(self.read),
            "rejected": list(self.rejected),
            "rejected_total": len(self.rejected),
            "warnings": list(self.warnings),
            "warnings_total": len(self.warnings),
        }

    def as_text(self) -> str:
        heads = ("", translate("créés"), translate("modifiés"), translate("inchangés"), translate("retirés"))
        lines = [f"{heads[0]:<24}" + "".join(f"{head:>11}" for head in heads[1:])]
        for key, label in COUNTED.items():
            row = (self.created[key], self.updated[key], self.unchanged[key], self.removed[key])
            lines.append(f"{label!s:<24}" + "".join(f"{n:>11}" for n in row))
        for title, notes in (
            (translate("Fiches et liens rejetés"), self.rejected),
            (translate("Avertissements"), self.warnings),
        ):
            lines += ["", f"{title} : {len(notes)}"]
            lines += _by_reason(notes)
        return "\n".join(lines)
