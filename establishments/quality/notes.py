"""What the last import of a school could not take as it was: in the manner of the other problems."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from accounts.models import Identifier
from establishments.directory.models import SchoolRun
from establishments.directory.report import Reason
from establishments.directory.structures import is_table
from establishments.people.models import Membership
from establishments.quality.problems import RECTORATE, SIECLE, Line, Text

STS_THEN_RECTORATE = gettext_lazy("La direction, dans STS-Web, puis le rectorat")


@dataclass(frozen=True)
class NoteProblem:
    """A kind of notes; the fields are those of a `Problem`."""

    slug: str
    title: Text
    what_to_do: Text
    who: Text
    kinds: frozenset[str] = frozenset()  # empty: all that is of none of the others
    is_error: bool = True


NOTE_PROBLEMS = [
    NoteProblem(
        "responsables-inconnus",
        gettext_lazy("Responsables cités que l’annuaire ne donne pas"),
        gettext_lazy("Complétez la fiche du responsable, ou retirez-le de celle de l’élève."),
        SIECLE,
        frozenset({Reason.UNKNOWN_GUARDIAN}),
    ),
    NoteProblem(
        "matieres-inconnues",
        gettext_lazy("Enseignements d’une matière inconnue"),
        gettext_lazy(
            "Vérifiez la matière du service. Si elle est juste, demandez au rectorat de l’ajouter à la nomenclature."
        ),
        STS_THEN_RECTORATE,
        frozenset({Reason.UNKNOWN_SUBJECT}),
    ),
    NoteProblem(
        "structures-inconnues",
        gettext_lazy("Personnes rattachées aussi à une structure inconnue"),
        gettext_lazy("Rien ne leur manque ici. Dites au rectorat quelle structure l’annuaire doit donner."),
        RECTORATE,
        frozenset({Reason.CITES_UNKNOWN}),
    ),
    NoteProblem(
        "autres-fiches",
        gettext_lazy("Autres fiches que l’import n’a pas prises telles quelles"),
        gettext_lazy("Corrigez ce qui est dit à chaque ligne, dans SIECLE ou STS-Web. L’import suivant le reprend."),
        gettext_lazy("Le secrétariat de l’établissement, dans SIECLE ou STS-Web"),
    ),
]
NOTES_BY_SLUG = {problem.slug: problem for problem in NOTE_PROBLEMS}
_OF_A_KIND = frozenset().union(*(problem.kinds for problem in NOTE_PROBLEMS))


@dataclass(frozen=True)
class Note:
    """An entry of a report, and in which realm its identifier is somebody's."""

    realm: str
    kind: str
    key: str
    reason: str
    file: str

    def is_of(self, problem: NoteProblem) -> bool:
        return self.kind in problem.kinds if problem.kinds else self.kind not in _OF_A_KIND


def notes_of(schools: Collection[int]) -> dict[int, list[Note]]:
    """By school, from the last run of each of its feeds."""
    last = SchoolRun.objects.filter(establishment__in=schools).order_by("establishment", "realm", "-pk")
    found: dict[int, list[Note]] = {}
    for school, realm, counts in last.distinct("establishment", "realm").values_list(
        "establishment", "realm", "counts"
    ):
        entries = [*counts.get("rejected", []), *counts.get("warnings", [])]
        found.setdefault(school, []).extend(
            Note(realm, entry.get("kind", ""), entry["id"], entry["reason"], entry["file"]) for entry in entries
        )
    return found


def problems_of(notes: Iterable[Note]) -> list[tuple[NoteProblem, int]]:
    notes = list(notes)
    counts = [(problem, sum(note.is_of(problem) for note in notes)) for problem in NOTE_PROBLEMS]
    return [(problem, count) for problem, count in counts if count]


def lines_of(school: int, notes: list[Note]) -> list[Line]:
    """Lines of a page of notes: the person whose record it is by name, where the school has them."""
    known = _people(school, notes) if notes else {}
    return [_line(note, known.get((note.realm, note.key))) for note in notes]


def _line(note: Note, person: Any) -> Line:
    if person is None:
        return Line(note.key or note.file, note.reason if note.key else "")
    return Line(f"{person.user.last_name} {person.user.first_name}", note.reason, person.pk)


def _people(school: int, notes: list[Note]) -> dict[tuple[str, str], Any]:
    keys = {note.key for note in notes}
    schemes = {Identifier.Scheme.TABLE if is_table(note.realm) else Identifier.Scheme.AAF for note in notes}
    held = Identifier.objects.filter(scheme__in=schemes, realm__in={note.realm for note in notes}, value__in=keys)
    known = {user: (realm, value) for user, realm, value in held.values_list("user", "realm", "value")}
    members = Membership.objects.filter(establishment=school, user__in=known).select_related("user").order_by("-pk")
    return {known[member.user_id]: member for member in members}
