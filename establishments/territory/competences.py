"""Who is competent for a school.

The law, as it is written in the rows of `Competence` that the demonstration makes and the rectorate edits:

- collèges: the département (Code de l’éducation, L213-2);
- lycées and EREA: the région (L214-6);
- agricultural lycées: the région too, which L214-6 names with the schools of L811-8 of the Code rural; their teaching
  is the agriculture ministry's (L811-1 and L811-8), whose service is said as an authority beside it.

Private schools under contract have the same local authority for what it pays them (L442-9).
"""

from __future__ import annotations

from collections.abc import Iterable

from establishments.territory.models import Authority, Competence, Establishment

LAW = {
    (Authority.Kind.DEPARTMENT, Establishment.Kind.COLLEGE): "Code de l’éducation, L213-2",
    (Authority.Kind.REGION, Establishment.Kind.LYCEE): "Code de l’éducation, L214-6",
    (Authority.Kind.REGION, Establishment.Kind.LYCEE_PRO): "Code de l’éducation, L214-6",
    (Authority.Kind.REGION, Establishment.Kind.EREA): "Code de l’éducation, L214-6",
    (Authority.Kind.REGION, Establishment.Kind.LYCEE_AGRI): "Code de l’éducation, L214-6 ; Code rural, L811-8",
    (Authority.Kind.AGRICULTURE, Establishment.Kind.LYCEE_AGRI): "Code rural, L811-1 et L811-8",
}


class Competences:
    """All that is said, read once: for one school or for a thousand."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], list[Competence]] = {}
        for row in Competence.objects.select_related("authority").order_by("pk"):
            self._by_place.setdefault((row.kind, row.department), []).append(row)

    def of(self, school: Establishment) -> list[Competence]:
        """Those about the school, the most precise first."""
        precise = self._by_place.get((school.kind, school.department), [])
        return [*precise, *self._by_place.get((school.kind, ""), [])]

    def local_authority(self, school: Establishment) -> Authority | None:
        """The département or the région that is competent for the school; None when nothing is said."""
        return next((row.authority for row in self.of(school) if row.authority.is_local), None)


def competences_of(school: Establishment) -> list[Competence]:
    """Who is competent for a school, with the texts."""
    return Competences().of(school)


def write_the_law(authorities: Iterable[Authority]) -> int:
    """Give these authorities the competences that the law gives to their like; how many are new.

    A département's are in its own territory: its code is the one that its schools bear.
    """
    there = set(Competence.objects.values_list("authority", "kind", "department"))
    missing = [
        Competence(authority=authority, kind=kind, department=department, source=source)
        for authority in authorities
        for (like, kind), source in LAW.items()
        for department in [authority.code if like == Authority.Kind.DEPARTMENT else ""]
        if like == authority.kind and (authority.pk, kind, department) not in there
    ]
    return len(Competence.objects.bulk_create(missing))
