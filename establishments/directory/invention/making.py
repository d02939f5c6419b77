"""Makes a whole export: schools, nomenclatures, students with their families, staff."""

from __future__ import annotations

from datetime import date
from itertools import count
from pathlib import Path
from random import Random

from establishments.directory.academies import ACADEMIES
from establishments.directory.export import Category
from establishments.directory.invention import curriculum
from establishments.directory.invention.curriculum import CLASSICS, GERMAN, SPANISH, SchoolClass
from establishments.directory.invention.facts import NATURES, School
from establishments.directory.invention.feed import Feed
from establishments.directory.invention.households import Household, Households
from establishments.directory.invention.names import Names
from establishments.directory.invention.staffing import Staffing

ACADEMY = "16"
FIRST_STRUCTURE, FIRST_PERSON = 5_001, 1_000_001
HOMONYMS = 0.01
REGIMES = (
    "EXTERNE LIBRE",
    "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT",
    "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT",
    "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT",
    "INTERNE DANS L'ETABLISSEMENT",
)


def make(*, folder: Path, schools: list[School], students: int, seed: int, day: date, delta: float = 0) -> None:
    """Write a complete export of `day` in the folder: the same arguments give the same bytes.

    With a `delta`, in percent, also that of the day after, in the folder `delta` of this one.
    """
    with Feed(folder, academy=ACADEMY, day=day, delta=delta) as feed:
        Maker(feed=feed, schools=schools, seed=seed, day=day).run(students)


class Maker:
    def __init__(self, *, feed: Feed, schools: list[School], seed: int, day: date) -> None:
        self._rng, self._feed, self._schools = Random(seed), feed, schools  # noqa: S311 — for invention only
        self._year = day.year if day.month >= 8 else day.year - 1
        self._ids = count(FIRST_PERSON)
        self._names = Names(self._rng)
        shared = {"rng": self._rng, "names": self._names, "feed": feed, "ids": self._ids}
        self._households = Households(**shared, schools=schools)
        self._staffing = Staffing(**shared, year=self._year)
        self._last_name = ("", "")

    def run(self, students: int) -> None:
        self._write_nomenclatures()
        sizes = _sizes(students, self._schools)
        for index, (school, size) in enumerate(zip(self._schools, sizes, strict=True)):
            structure = str(FIRST_STRUCTURE + index)
            classes = curriculum.classes_of(school, size)
            self._write_structure(structure, school, classes)
            self._write_students(index, structure, classes, size)
            self._staffing.school(structure, classes, size)
        self._staffing.finish()

    def _write_nomenclatures(self) -> None:
        disciplines = [d for track in curriculum.ALL_TRACKS for d in track.disciplines]
        for code, name in sorted({subject for discipline in disciplines for subject in discipline.subjects}):
            self._feed.add(Category.SUBJECT, code, {"ENTMatJointure": code, "ENTLibelleMatiere": name})
        for code, label in sorted({(track.course, track.label) for track in curriculum.ALL_TRACKS}):
            self._feed.add(Category.COURSE, code, {"ENTMefJointure": code, "ENTLibelleMef": label})

    def _write_structure(self, structure: str, school: School, classes: list[SchoolClass]) -> None:
        self._feed.add(
            Category.STRUCTURE,
            structure,
            {
                "ENTStructureJointure": structure,
                "ENTStructureUAI": school.uai,
                "ENTStructureNomCourant": f"{school.name}-ac-{ACADEMIES[ACADEMY].upper()}",
                "ENTStructureTypeStruct": NATURES.get(school.nature, ""),
                "ENTStructureCodeTypeStruct": school.nature,
                "ENTEtablissementMinistereTutelle": school.ministry,
                "street": school.address,
                "postalCode": school.postal_code,
                "l": school.city,
                "ENTServAcAcademie": ACADEMIES[ACADEMY].upper(),
                "ENTServAcCodeAcademie": ACADEMY,
                "ENTStructureClasses": [f"{c.name}${c.label}${c.track.course}" for c in classes],
                "ENTStructureGroupes": "",
            },
        )

    def _write_students(self, index: int, structure: str, classes: list[SchoolClass], size: int) -> None:
        for rank, household in enumerate(self._households.children(index, size)):
            self._write_student(structure, classes[rank % len(classes)], household)

    def _write_student(self, structure: str, school_class: SchoolClass, household: Household) -> None:
        identifier = str(next(self._ids))
        girl = self._rng.random() < 0.5
        given, surname = self._name(household, girl=girl)
        track = school_class.track
        late = self._rng.choices((0, 1, -1), (88, 10, 2))[0]
        born = self._names.birthday(self._year - track.age - late)
        address, postal_code, city = household.home
        self._feed.add(
            Category.STUDENT,
            identifier,
            {
                "ENTPersonJointure": identifier,
                "ENTEleveINE": f"{self._rng.randrange(10**9):09d}FI",
                "ENTPersonDateNaissance": f"{born:%d/%m/%Y}",
                "ENTPersonNomPatro": surname,
                "sn": surname,
                "givenName": given,
                "personalTitle": "Mme" if girl else "M.",
                "ENTElevePersRelEleve": household.links,
                "ENTEleveBoursier": "O" if self._rng.random() < 0.27 else "N",
                "ENTEleveRegime": self._rng.choice(REGIMES),
                "ENTEleveTransport": "O" if self._rng.random() < 0.35 else "N",
                "ENTEleveStatutEleve": "SCOLAIRE",
                "ENTEleveMEF": track.course,
                "ENTEleveLibelleMEF": track.label,
                "ENTPersonStructRattach": structure,
                "ENTEleveClasses": f"{structure}${school_class.name}",
                "ENTEleveGroupes": [f"{structure}${group}" for group in self._groups(school_class)],
                "ENTPersonAdresse": address,
                "ENTPersonCodePostal": postal_code,
                "ENTPersonVille": city,
                "ENTPersonPays": "FRANCE",
            },
        )

    def _name(self, household: Household, *, girl: bool) -> tuple[str, str]:
        """One in a hundred is a homonym of the student before, of another family."""
        if self._rng.random() < HOMONYMS and self._last_name[0]:
            return self._last_name
        given = self._names.given(girl=girl)
        while given in household.given:
            given = self._names.given(girl=girl)
        household.given.add(given)
        self._last_name = (given, household.surname)
        return self._last_name

    def _groups(self, school_class: SchoolClass) -> list[str]:
        """A second language, and Latin for one in eight, where the track has them."""
        taught = school_class.track.disciplines
        languages = [language for language in (SPANISH, GERMAN) if language in taught]
        chosen = self._rng.choices(languages, (3, 1)[: len(languages)]) if languages else []
        if CLASSICS in taught and self._rng.random() < 0.125:
            chosen.append(CLASSICS)
        return [school_class.group(language) for language in chosen]


def _sizes(students: int, schools: list[School]) -> list[int]:
    """One student at least in each school, while there are some; the others as such schools have them."""
    ones = [int(index < students) for index in range(len(schools))]
    others = curriculum.shares(students - sum(ones), [curriculum.usual_size(school) for school in schools])
    return [one + other for one, other in zip(ones, others, strict=True)]
