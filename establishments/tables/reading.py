"""Reads a school's own table of people: who the directory's feed does not know, as in the agricultural lycées.

One row a person. The table is turned into the records that a feed would have, so that all that follows is the same.
See docs/table-des-personnes.md.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.models import plain
from establishments.directory.export import Category
from establishments.directory.mirror import Said
from establishments.directory.reading import built, silent
from establishments.directory.report import RefusedRecordError
from establishments.directory.values import clean

# By the name that the template gives each column: the others that are met. Without accents, case or marks.
COLUMNS: dict[str, tuple[str, ...]] = {
    "identifiant": ("id", "numero", "matricule", "identifiant interne"),
    "profil": ("type", "role", "statut", "categorie"),
    "nom": ("nom de famille", "nom usuel", "nom usage"),
    "prénom": ("prenoms", "prenom usuel"),
    "civilité": ("titre", "sexe"),
    "date de naissance": ("naissance", "ne le", "nee le", "ne e le", "ddn"),
    "courriel": ("mail", "email", "e mail", "adresse electronique", "adresse mail", "adresse e mail"),
    "classe": ("classes", "division", "divisions"),
    "groupes": ("groupe",),
    "matières": ("matiere", "discipline", "disciplines", "enseignements"),
    "professeur principal de": ("professeur principal", "pp", "pp de"),
    "responsables": ("responsable", "parents", "responsables legaux", "representants legaux"),
}
LISTS = ("classe", "groupes", "matières", "professeur principal de", "responsables")
NEEDED = ("identifiant", "profil", "nom")
PROFILES = {
    "eleve": "student", "etudiant": "student", "apprenti": "student",
    "responsable": "guardian", "responsable legal": "guardian", "parent": "guardian",
    "enseignant": "teacher", "professeur": "teacher", "formateur": "teacher",
    "personnel": "staff", "agent": "staff", "vie scolaire": "staff",
    "direction": "head", "proviseur": "head", "directeur": "head", "chef d etablissement": "head",
}  # fmt: skip
CATEGORIES = {"student": Category.STUDENT, "guardian": Category.GUARDIAN}  # the others are staff
# As in N_LIEN_ELEVE_RESPONSABLE: the codes of the feeds.
LINKS = {
    "mere": "10", "pere": "20", "famille": "39", "tuteur": "50", "tutrice": "50", "aide sociale": "51",
    "eleve": "70", "autre": "90",
}  # fmt: skip
CIVILITIES = {
    **dict.fromkeys(("m", "mr", "monsieur", "h", "g"), "M."),
    **dict.fromkeys(("mme", "mlle", "madame", "mademoiselle", "f"), "Mme"),
}
MOST_ROWS = 20_000  # of a school's people; the largest have five thousand, with the guardians
MOST_NAMED = 150  # by one row; its classes are multiplied by its subjects
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y")
TEMPLATE = (
    tuple(COLUMNS),
    ("E001", "élève", "Vidal", "Léo", "M.", "04/02/2009", "", "2de GT 1", "2de ESP", "", "", "R001:mère | R002:père"),
    ("R001", "responsable", "Vidal", "Anne", "Mme", "", "anne@exemple.fr", "", "", "", "", ""),
    ("R002", "responsable", "Roux", "Marc", "M.", "", "", "", "", "", "", ""),
    ("P001", "enseignant", "Costes", "Inès", "Mme", "", "", "2de GT 1", "", "Mathématiques", "2de GT 1", ""),
    ("A001", "personnel", "Rey", "Paul", "M.", "", "", "", "", "", "", ""),
    ("D001", "direction", "Puech", "Zoé", "Mme", "", "", "", "", "", "", ""),
)  # fmt: skip
UNREADABLE = gettext_lazy("%(column)s : « %(value)s » n’est pas lisible. Le reste de la ligne est repris.")


class MissingColumnsError(ValidationError):
    """Columns that nothing in the table's head is recognised as; `head` is what there is to choose from.

    `others` are columns that could be done without, and are not recognised either.
    """

    def __init__(self, missing: Sequence[str], head: Sequence[str], others: Sequence[str] = ()) -> None:
        names = ", ".join(f"« {name} »" for name in missing)
        super().__init__(_("Colonne non reconnue : %(names)s.") % {"names": names}, code="columns")
        self.missing, self.head, self.others = list(missing), list(head), list(others)


@dataclass
class Table:
    """What the rows say, as a feed's records; `spared` are those whose row cannot be read: nobody leaves by it."""

    said: list[Said] = field(default_factory=list)
    spared: set[str] = field(default_factory=set)
    errors: list[tuple[int, str]] = field(default_factory=list)
    rows: int = 0

    def tell(self, line: int, text: str) -> None:
        self.errors.append((line, text))


def template() -> bytes:
    """A table to fill in: what spreadsheets open without asking anything."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(TEMPLATE)
    return text.getvalue().encode("utf-8-sig")


def key_of(header: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain(header.strip().lower())).split())


def read(content: bytes, *, uai: str, subjects: Mapping[str, str], chosen: Mapping[str, str] | None = None) -> Table:
    """`subjects` are codes by code and by `key_of` their names; `chosen`, headers by column, where somebody says so.

    Raises `ValidationError`, in words for whoever sent it, when nothing of the file can be used.
    """
    text = text_of(content)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text))
    table, found = Table(), list[tuple[int, dict[str, str]]]()
    try:
        head = next(rows, [])
        places = _places(head, chosen or {})
        for place, name in enumerate(head):
            if name.strip() and place not in places.values():
                table.tell(1, _("Colonne « %(name)s » : elle n’est pas lue.") % {"name": clean(name)})
        for row in rows:
            if any(cell.strip() for cell in row):
                table.rows += 1
                if table.rows > MOST_ROWS:
                    said = _("Ce tableau a plus de %(limit)d lignes : ce n’est pas celui d’un établissement.")
                    raise ValidationError(said % {"limit": MOST_ROWS}, code="rows")
                found += _cells(table, rows.line_num, row, places, len(head))
    except csv.Error as error:
        raise ValidationError(
            _("Ce fichier n’est pas un tableau CSV (ligne %(line)d).") % {"line": rows.line_num}, code="csv"
        ) from error
    _Reader(uai, subjects, table).take(found)
    if not table.said:
        raise ValidationError(_("Ce tableau n’a aucune ligne lisible."), code="empty")
    return table


def text_of(content: bytes) -> str:
    """UTF-8 or UTF-16 with its mark, UTF-8 without it, else what spreadsheets under Windows write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").replace("\0", "")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\0", "")


def separator_of(text: str) -> str:
    return max(";,\t", key=text.split("\n", 1)[0].count)


def _places(head: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    known = {key_of(name): place for place, name in reversed(list(enumerate(head)))}
    places = {}
    for column, others in COLUMNS.items():
        names = [chosen[column]] if chosen.get(column) else [column, *others]
        place = next((known[key_of(name)] for name in names if key_of(name) in known), None)
        if place is not None:
            places[column] = place
    if missing := [column for column in NEEDED if column not in places]:
        others = [column for column in COLUMNS if column not in places and column not in missing]
        raise MissingColumnsError(missing, head, others)
    return places


def _cells(
    table: Table, line: int, row: Sequence[str], places: Mapping[str, int], width: int
) -> Iterator[tuple[int, dict[str, str]]]:
    cells = {column: clean(row[place]) for column, place in places.items() if place < len(row)}
    if len(row) > width and any(cell.strip() for cell in row[width:]):
        said = _("%(found)d colonnes au lieu de %(expected)d.")
        table.tell(line, said % {"found": len(row), "expected": width})
        table.spared.add(cells.get("identifiant", ""))
    else:
        yield line, {column: cells.get(column, "") for column in COLUMNS}


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|,]", cell) if part.strip()]


def _named(cells: Mapping[str, str]) -> int:
    """How many of something a row names at most: each of its subjects is taught in each of its classes and groups."""
    counts = {column: len(_listed(cells[column])) for column in LISTS}
    everywhere = [subject for subject in _listed(cells["matières"]) if ":" not in subject]
    places = counts["classe"] + counts["groupes"]
    return max(*counts.values(), places, len(everywhere) * places + counts["matières"] - len(everywhere))


class _Reader:
    def __init__(self, uai: str, subjects: Mapping[str, str], table: Table) -> None:
        self.uai, self.subjects, self.table = uai, subjects, table
        self.lines: dict[str, int] = {}

    def take(self, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
        guardians = {c["identifiant"] for _l, c in rows if PROFILES.get(key_of(c["profil"])) == "guardian"}
        for line, cells in rows:
            key = cells["identifiant"]
            if fault := self._fault(cells):
                self.table.tell(line, fault)
                if key and key not in self.lines:
                    self.table.spared.add(key)
                continue
            self.lines[key] = line
            role = PROFILES[key_of(cells["profil"])]
            category = CATEGORIES.get(role, Category.STAFF)
            attributes = {k: v for k, v in self._attributes(line, role, cells, guardians) if v}
            try:
                built(category, key, attributes, silent)
            except RefusedRecordError as refusal:
                self.table.tell(line, str(refusal))
                self.table.spared.add(key)
                continue
            links = attributes.get("ENTElevePersRelEleve", [])
            self.table.said.append(
                Said(category, key, attributes, refers=frozenset(link.split("$")[0] for link in links))
            )

    def _fault(self, cells: Mapping[str, str]) -> str:
        """Why the row cannot be taken; empty when it can."""
        key = cells["identifiant"]
        if not key:
            return _("Pas d’identifiant.")
        if "$" in "".join(cells.values()) or any(mark in key for mark in ":|,"):
            return _("Les signes $, et « : | , » dans un identifiant, ne sont pas acceptés.")
        if key in self.lines:
            return _("L’identifiant %(key)s est déjà à la ligne %(line)d.") % {"key": key, "line": self.lines[key]}
        if key_of(cells["profil"]) not in PROFILES:
            said = _("Profil « %(profile)s » inconnu : élève, responsable, enseignant, personnel ou direction.")
            return said % {"profile": cells["profil"]}
        if _named(cells) > MOST_NAMED:
            said = _("Trop de classes, de groupes, de matières ou de responsables : %(limit)d au plus.")
            return said % {"limit": MOST_NAMED}
        return "" if cells["nom"] else _("Pas de nom.")

    def _attributes(
        self, line: int, role: str, cells: Mapping[str, str], guardians: set[str]
    ) -> Iterator[tuple[str, list[str]]]:
        yield "sn", [cells["nom"]]
        yield "givenName", [cells["prénom"]] if cells["prénom"] else []
        yield "personalTitle", self._known(line, "civilité", cells, CIVILITIES)
        yield "ENTPersonDateNaissance", self._date(line, cells["date de naissance"])
        yield "mail", self._email(line, cells["courriel"])
        classes = [f"{self.uai}${name}" for name in _listed(cells["classe"])]
        groups = [f"{self.uai}${name}" for name in _listed(cells["groupes"])]
        if role != "guardian":
            yield "ENTPersonStructRattach", [self.uai]
        if role == "student":
            yield "ENTEleveClasses", classes
            yield "ENTEleveGroupes", groups
            yield "ENTElevePersRelEleve", self._links(line, cells["responsables"], guardians)
        elif role != "guardian":
            yield "ENTPersonCategorieEnseignant", ["O" if role == "teacher" else "N"]
            yield "ENTPersonFonctions", [f"{self.uai}$DIR$DIRECTION"] if role == "head" else []
            taught = list(self._taught(line, cells))
            yield "ENTAuxEnsClassesMatieres", [f"{ref}${code}" for ref, code in taught if ref not in groups]
            yield "ENTAuxEnsGroupesMatieres", [f"{ref}${code}" for ref, code in taught if ref in groups]
            yield "ENTAuxEnsClassesPrincipal", [f"{self.uai}${c}" for c in _listed(cells["professeur principal de"])]

    def _unreadable(self, line: int, column: str, value: str) -> list[str]:
        self.table.tell(line, str(UNREADABLE) % {"column": column, "value": value})
        return []

    def _known(self, line: int, column: str, cells: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
        value = cells[column]
        if not value:
            return []
        found = known.get(key_of(value))
        return [found] if found else self._unreadable(line, column, value)

    def _date(self, line: int, value: str) -> list[str]:
        for pattern in DATES if value else ():
            try:
                day = datetime.strptime(value, pattern).date()  # noqa: DTZ007 (a day has no zone)
            except ValueError:
                continue
            return [day.strftime("%d/%m/%Y")]
        return self._unreadable(line, "date de naissance", value) if value else []

    def _email(self, line: int, value: str) -> list[str]:
        try:
            if value:
                validate_email(value)
        except ValidationError:
            return self._unreadable(line, "courriel", value)
        return [value] if value else []

    def _links(self, line: int, cell: str, guardians: set[str]) -> list[str]:
        """`R001:mère`, and a third part, `paie`, for whoever pays the fees; all have the authority."""
        found = []
        for part in _listed(cell):
            key, *said = (piece.strip() for piece in part.split(":"))
            link = LINKS.get(key_of(said[0]) if said and said[0] else "autre")
            if key not in guardians:
                self.table.tell(line, _("Responsable « %(key)s » : pas de ligne à cet identifiant.") % {"key": key})
            elif link is None:
                self._unreadable(line, "responsables", part)
            else:
                pays = "1" if len(said) > 1 and key_of(said[1]) == "paie" else "0"
                found.append(f"{key}${link}${pays}$1$1$0")
        return found

    def _taught(self, line: int, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """`2de GT 1:Mathématiques`; without a class, in all those of the row."""
        everywhere = [*_listed(cells["classe"]), *_listed(cells["groupes"])]
        for part in _listed(cells["matières"]):
            where, mark, name = (piece.strip() for piece in part.rpartition(":"))
            code = self.subjects.get(name) or self.subjects.get(key_of(name))
            if code is None:
                self._unreadable(line, "matières", name)
                continue
            for place in [where] if mark else everywhere:
                yield f"{self.uai}${place}", code
