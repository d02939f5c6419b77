"""What is taught where: tracks (levels and streams), disciplines, and the classes of a school.

Codes of subjects and disciplines are those of the national nomenclatures, as the ministry's test set of 2013 has
them. So are the codes of courses (MEF) that end in a digit; those that end in Z are invented, for the courses
that the reform of the lycée made later.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase

from establishments.directory.invention import facts

STUDENTS_IN_A_CLASS = 27
HOURS_OF_A_TEACHER = 18  # in front of students, a week


@dataclass(frozen=True)
class Discipline:
    """What one teacher teaches; `hours` a week in a class. A language is taught in groups across classes."""

    code: str
    name: str
    subjects: tuple[tuple[str, str], ...]
    hours: float
    language: str = ""


@dataclass(frozen=True)
class Track:
    name: str
    label: str
    course: str
    age: int  # on 31 December of the school year's first year
    share: float
    disciplines: tuple[Discipline, ...]
    lettered: bool = False  # “6e A” and not “2de 1”


@dataclass(frozen=True)
class SchoolClass:
    track: Track
    rank: int  # among the classes of its track, from 0

    @property
    def suffix(self) -> str:
        return ascii_uppercase[self.rank] if self.track.lettered and self.rank < 26 else str(self.rank + 1)

    @property
    def name(self) -> str:
        return f"{self.track.name}{'' if self.track.name[-1].isupper() else ' '}{self.suffix}"

    @property
    def label(self) -> str:
        return f"{self.track.label} {self.suffix}"

    def group(self, discipline: Discipline) -> str:
        """The group of a language that two classes side by side share: “4e ESP 1”."""
        return f"{self.track.name} {discipline.language} {self.rank // 2 + 1}"


def _discipline(code: str, name: str, hours: float, *subjects: str, language: str = "") -> Discipline:
    pairs = tuple((code, subject) for code, _space, subject in (s.partition(" ") for s in subjects))
    return Discipline(code, name, pairs, hours, language)


FRENCH = _discipline("L0202", "LETTRES MODERNES", 4.5, "020700 Français")
CLASSICS = _discipline("L0201", "LETTRES CLASSIQUES", 2, "020100 Latin", language="LAT")
PHILOSOPHY = _discipline("L0100", "PHILOSOPHIE", 4, "010300 Philosophie")
ENGLISH = _discipline("L0422", "ANGLAIS", 3, "030201 Anglais LV1")
SPANISH = _discipline("L0426", "ESPAGNOL", 2.5, "030602 Espagnol LV2", language="ESP")
GERMAN = _discipline("L0421", "ALLEMAND", 2.5, "030102 Allemand LV2", language="ALL")
HISTORY = _discipline("L1000", "HISTOIRE GEOGRAPHIE", 3.5, "040600 Histoire et géographie", "041400 Éducation civique")
ECONOMICS = _discipline("L1100", "SCIENCES ECONOMIQUES ET SOCIALES", 1.5, "050700 Sciences économiques et sociales")
MATHS = _discipline("L1300", "MATHEMATIQUES", 4, "061300 Mathématiques")
PHYSICS = _discipline("L1500", "SCIENCES PHYSIQUES ET CHIMIQUES", 2, "062300 Physique-chimie")
BIOLOGY = _discipline("L1600", "SCIENCES DE LA VIE ET DE LA TERRE", 1.5, "062900 Sciences de la vie et de la Terre")
TECHNOLOGY = _discipline("L1400", "TECHNOLOGIE", 1.5, "070800 Technologie")
MUSIC = _discipline("L1700", "EDUCATION MUSICALE", 1, "081300 Éducation musicale")
ART = _discipline("L1800", "ARTS PLASTIQUES", 1, "090100 Arts plastiques")
SPORT = _discipline("L1900", "EDUCATION PHYSIQUE ET SPORTIVE", 3, "100100 Éducation physique et sportive")
SCIENCE = _discipline("L1500", "SCIENCES PHYSIQUES ET CHIMIQUES", 2, "065300 Enseignement scientifique")
MANAGEMENT = _discipline("L8010", "ECONOMIE ET GESTION", 7, "434500 Management", "381000 Économie et droit")
LETTERS_HISTORY = _discipline(
    "P0210", "LETTRES HISTOIRE GEOGRAPHIE", 5, "020700 Français", "042100 Histoire-géographie-éducation civique"
)
MATHS_SCIENCE = _discipline("P1315", "MATHS-SCIENCES PHYSIQUES", 3.5, "061800 Mathématiques, sciences physiques")
HEALTH = _discipline("P7200", "BIOTECHNOLOGIES", 1, "312800 Prévention-santé-environnement")
TRADE = _discipline(
    "P8039", "ECONOMIE-GESTION", 9, "071100 Enseignement technologique-professionnel", "380400 Économie et gestion"
)
APPLIED_ART = _discipline("P6500", "ARTS APPLIQUES", 1, "278300 Arts appliqués et cultures artistiques")
AGRONOMY = _discipline("A2110", "AGRONOMIE", 6, "308400 Écologie, agronomie, territoire, développement durable")

_COLLEGE_1 = (FRENCH, MATHS, HISTORY, ENGLISH, BIOLOGY, TECHNOLOGY, SPORT, ART, MUSIC)
_COLLEGE_2 = (*_COLLEGE_1, PHYSICS, SPANISH, GERMAN, CLASSICS)
_SECONDE = (FRENCH, MATHS, HISTORY, ENGLISH, SPANISH, GERMAN, PHYSICS, BIOLOGY, ECONOMICS, SPORT)
_GENERAL = (FRENCH, MATHS, HISTORY, ENGLISH, SPANISH, GERMAN, SCIENCE, ECONOMICS, SPORT)
_GENERAL_LAST = (PHILOSOPHY, *_GENERAL[1:])
_STMG = (FRENCH, MATHS, HISTORY, ENGLISH, SPANISH, MANAGEMENT, SPORT)
_STMG_LAST = (PHILOSOPHY, *_STMG[1:])
_PRO = (LETTERS_HISTORY, MATHS_SCIENCE, ENGLISH, HEALTH, TRADE, APPLIED_ART, SPORT)
_AGRI = (FRENCH, MATHS, HISTORY, ENGLISH, SPANISH, PHYSICS, AGRONOMY, SPORT)
_AGRI_LAST = (PHILOSOPHY, *_AGRI[1:])
_AGRI_PRO = (LETTERS_HISTORY, MATHS_SCIENCE, ENGLISH, AGRONOMY, HEALTH, SPORT)

TRACKS_OF_COLLEGE = (
    Track("6e", "Sixième", "10010012110", 11, 0.25, _COLLEGE_1, lettered=True),
    Track("5e", "Cinquième", "10110001110", 12, 0.25, _COLLEGE_2, lettered=True),
    Track("4e", "Quatrième", "10210001110", 13, 0.25, _COLLEGE_2, lettered=True),
    Track("3e", "Troisième", "10310019110", 14, 0.25, _COLLEGE_2, lettered=True),
)
TRACKS_OF_LYCEE = (
    Track("2de", "Seconde générale et technologique", "2001000001Z", 15, 0.36, _SECONDE),
    Track("1re G", "Première générale", "2011000001Z", 16, 0.24, _GENERAL),
    Track("Tle G", "Terminale générale", "2021000001Z", 17, 0.24, _GENERAL_LAST),
    Track("1re STMG", "Première STMG", "2111000001Z", 16, 0.08, _STMG),
    Track("Tle STMG", "Terminale STMG", "2121000001Z", 17, 0.08, _STMG_LAST),
)
TRACKS_OF_LYCEE_PRO = (
    Track("2de PRO COM", "Seconde professionnelle commerce", "24731202310", 15, 0.27, _PRO),
    Track("1re PRO COM", "Première professionnelle commerce", "24731202320", 16, 0.24, _PRO),
    Track("Tle PRO COM", "Terminale professionnelle commerce", "24731202330", 17, 0.21, _PRO),
    Track("1CAP CUIS", "CAP cuisine, première année", "24122131210", 15, 0.15, _PRO),
    Track("2CAP CUIS", "CAP cuisine, deuxième année", "24122131220", 16, 0.13, _PRO),
)
TRACKS_OF_LYCEE_AGRI = (
    Track("2de GT", "Seconde générale et technologique", "2001000001Z", 15, 0.22, _AGRI),
    Track("1re STAV", "Première STAV", "21321004110", 16, 0.2, _AGRI),
    Track("Tle STAV", "Terminale STAV", "21421004110", 17, 0.18, _AGRI_LAST),
    Track("2de PRO PA", "Seconde professionnelle productions animales", "27621208310", 15, 0.15, _AGRI_PRO),
    Track("1re PRO PA", "Première professionnelle productions animales", "2762120832Z", 16, 0.13, _AGRI_PRO),
    Track("Tle PRO PA", "Terminale professionnelle productions animales", "2762120833Z", 17, 0.12, _AGRI_PRO),
)
ALL_TRACKS = (*TRACKS_OF_COLLEGE, *TRACKS_OF_LYCEE, *TRACKS_OF_LYCEE_PRO, *TRACKS_OF_LYCEE_AGRI)

_USUAL_SIZES = {facts.COLLEGE: 480, facts.LYCEE_PRO: 380, facts.EREA: 120, "380": 150}
_SIZE_OF_LYCEE, _SIZE_OF_LYCEE_AGRI = 950, 320


def tracks_of(school: facts.School) -> tuple[Track, ...]:
    if school.is_agricultural:
        return TRACKS_OF_LYCEE_AGRI
    if school.nature in {facts.LYCEE_PRO, facts.EREA}:
        return TRACKS_OF_LYCEE_PRO
    return TRACKS_OF_LYCEE if school.nature.startswith("30") else TRACKS_OF_COLLEGE


def usual_size(school: facts.School) -> int:
    """How many students such a school has, about."""
    if school.is_agricultural and school.nature != "380":
        return _SIZE_OF_LYCEE_AGRI
    return _USUAL_SIZES.get(school.nature, _SIZE_OF_LYCEE)


def shares(total: int, weights: list[float]) -> list[int]:
    """Whole parts of the total by these weights, by the largest remainders; the first ones get the most."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def classes_of(school: facts.School, students: int) -> list[SchoolClass]:
    tracks = tracks_of(school)
    count = max(1, round(students / STUDENTS_IN_A_CLASS)) if students else 0
    by_track = zip(tracks, shares(count, [track.share for track in tracks]), strict=True)
    return [SchoolClass(track, rank) for track, number in by_track for rank in range(number)]
