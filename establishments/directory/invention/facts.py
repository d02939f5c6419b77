"""The schools that invented people go to.

Source: Annuaire de l’éducation, ministère de l’Éducation nationale, 2024-11-26, Licence Ouverte.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from establishments.territory.models import UAI_LETTERS

EDUCATION, AGRICULTURE = "MINISTERE DE L'EDUCATION NATIONALE", "AGRICULTURE"
COLLEGE, LYCEE, LYCEE_GENERAL, LYCEE_AGRICOLE, LYCEE_PRO, EREA = "340", "300", "302", "307", "320", "370"
# Labels of the “code nature” as the register has them.
NATURES = {
    "300": "LYCEE ENSEIGNT GENERAL ET TECHNOLOGIQUE",
    "301": "LYCEE D'ENSEIGNEMENT TECHNOLOGIQUE",
    "302": "LYCEE D'ENSEIGNEMENT GENERAL",
    "306": "LYCEE POLYVALENT",
    "307": "LYCEE ENS GENERAL TECHNO PROF AGRICOLE",
    "310": "LYCEE CLIMATIQUE",
    "320": "LYCEE PROFESSIONNEL",
    "340": "COLLEGE",
    "350": "COLLEGE CLIMATIQUE",
    "370": "ETABLISSEMENT REGIONAL D'ENSEIGNT ADAPTE",
    "380": "MAISON FAMILIALE RURALE EDUCATION ORIENTATION",
}
SECTIONS = frozenset({"SEP", "SGT"})  # parts of another school


@dataclass(frozen=True)
class School:
    uai: str
    name: str
    nature: str
    address: str
    postal_code: str
    city: str
    ministry: str = EDUCATION

    @property
    def department(self) -> str:
        return self.uai[:3]

    @property
    def is_agricultural(self) -> bool:
        return self.ministry == AGRICULTURE


# In this order, so that two schools are enough for a family with a child in a collège and one in an agricultural
# lycée, and four for one of each kind.
DEMONSTRATION = (
    School("0120101V", "Collège Amans-Joseph Fabre", COLLEGE, "2 boulevard Belle Isle", "12000", "Rodez"),
    School(
        "0120937D",
        "Lycée général et technologique agricole La Roque",
        LYCEE,
        "Route d'Espalion",
        "12850",
        "Onet-le-Château",
        AGRICULTURE,
    ),
    School("0120024L", "Lycée général et technologique Alexis Monteil", LYCEE, "14 rue Carnus", "12034", "Rodez"),
    School("0120037A", "Lycée professionnel Alexis Monteil", LYCEE_PRO, "14 rue Carnus", "12034", "Rodez"),
    School("0121273U", "Collège Les Quatre Saisons", COLLEGE, "1 avenue des Glycines", "12850", "Onet-le-Château"),
    School("0810051R", "Collège Aristide Bruant", COLLEGE, "32 rue de Bitche", "81000", "Albi"),
    School("0810006S", "Lycée général Lapérouse", LYCEE_GENERAL, "2 Lices Georges Pompidou", "81000", "Albi"),
    School("0320563N", "Collège Sadi Carnot", COLLEGE, "Chemin de la Réthourie", "32008", "Auch"),
    School(
        "0320039U",
        "Lycée général et technologique agricole d'Auch, Beaulieu et Lavacant",
        LYCEE,
        "Domaine de Beaulieu",
        "32020",
        "Auch",
        AGRICULTURE,
    ),
    School("0460006G", "Collège Gambetta", COLLEGE, "105 rue du Président Wilson", "46005", "Cahors"),
    School("0820022D", "Collège Ingres", COLLEGE, "4 place du Maréchal Leclerc", "82000", "Montauban"),
    School(
        "0820559M",
        "Lycée général, technologique et professionnel agricole de Montauban",
        LYCEE_AGRICOLE,
        "1915 route de Bordeaux",
        "82000",
        "Montauban",
        AGRICULTURE,
    ),
)


def schools(count: int, *, register: Path) -> list[School]:
    """The demonstration's, then the public and the private ones of the register where it lies, then invented ones."""
    known = {school.uai for school in DEMONSTRATION}
    others = (school for school in _registered(register) if school.uai not in known)
    return list(islice(_chain(others), count))


def _chain(others: Iterator[School]) -> Iterator[School]:
    yield from DEMONSTRATION
    yield from others
    yield from _invented()


def _registered(register: Path) -> Iterator[School]:
    if not register.is_file():
        return
    with register.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["type_court"] not in SECTIONS]
    for row in sorted(rows, key=lambda row: (row["statut"] != "Public", row["uai"])):
        yield School(
            uai=row["uai"],
            name=row["nom"],
            nature=row["code_nature"],
            address=row["adresse_1"],
            postal_code=row["code_postal"],
            city=row["commune"],
            ministry=row["ministere_tutelle"],
        )


def _invented() -> Iterator[School]:
    """Where the register is not at hand. No school has a code that begins with 099."""
    kinds = (
        ("Collège", COLLEGE, EDUCATION),
        ("Lycée", LYCEE, EDUCATION),
        ("Collège", COLLEGE, EDUCATION),
        ("Lycée agricole", LYCEE, AGRICULTURE),
    )
    for rank in range(1, 10_000):
        number = 990_000 + rank
        kind, nature, ministry = kinds[rank % len(kinds)]
        yield School(
            uai=f"{number:07d}{UAI_LETTERS[number % 23]}",
            name=f"{kind} fictif no {rank}",
            nature=nature,
            address="1 place de l'École",
            postal_code="31000",
            city="Toulouse",
            ministry=ministry,
        )
