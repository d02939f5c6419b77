"""Invents who works in a school: the head, the teachers of each class, the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from establishments.directory.export import Category
from establishments.directory.invention.curriculum import (
    HOURS_OF_A_TEACHER,
    SPORT,
    Discipline,
    SchoolClass,
)
from establishments.directory.invention.feed import Feed
from establishments.directory.invention.names import Names
from establishments.directory.usernames import username_base

# `code$label$discipline code$discipline`, as in the ministry's test set.
HEAD = "DIR$DIRECTION$D0010$DIRECTION CHEF D'ETABLISSEMENT"
DEPUTY = "DIR$DIRECTION$D0011$DIRECTION ADJOINT AU CHEF ETABLISSEMENT"
LIBRARIAN = "DOC$DOCUMENTATION$L0080$DOCUMENTATION"
COUNSELLOR = "EDU$EDUCATION$E0030$EDUCATION  (CE ,CPE)"
ASSISTANT = "AED$ASSISTANT D'EDUCATION$S0054$ENCADRE. SUR. DES ELEVES (HORS INTERNAT)"
CLERK = "ADF$PERSONNELS ADMINISTRATIFS$P9101$FONCTION ADMINISTRATIVE"
SHARED = 0.4  # schools of which a teacher also works in the next one


@dataclass
class Teacher:
    """`classes`, `groups` and `form_classes` hold the feed's values, of one school or two."""

    discipline: Discipline
    structure: str
    functions: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    form_classes: list[str] = field(default_factory=list)


class Staffing:
    """Writes the staff of one school after the other; a teacher of sport may go on to the next."""

    def __init__(self, *, rng: Random, names: Names, feed: Feed, ids: Iterator[int], year: int) -> None:
        self._rng, self._names, self._feed, self._ids, self._year = rng, names, feed, ids, year
        self._itinerant: Teacher | None = None

    def school(self, structure: str, classes: list[SchoolClass], students: int) -> None:
        teachers = self._teachers(structure, classes)
        self._appoint_form_teachers(structure, classes, teachers)
        self._staff(structure, students)
        shared = self._itinerant is None or self._rng.random() < SHARED
        self.finish()
        for teacher in teachers:
            if shared and teacher.discipline is SPORT:
                self._itinerant, shared = teacher, False
            else:
                self._write_teacher(teacher)

    def finish(self) -> None:
        """Write the teacher who was waiting for a second school."""
        if self._itinerant is not None:
            self._write_teacher(self._itinerant)
            self._itinerant = None

    def _teachers(self, structure: str, classes: list[SchoolClass]) -> list[Teacher]:
        """Enough for each discipline; the one who comes from the school before takes a class of sport."""
        disciplines = dict.fromkeys(d for school_class in classes for d in school_class.track.disciplines)
        teachers = []
        for discipline in disciplines:
            taught = [c for c in classes if discipline in c.track.disciplines]
            if discipline is SPORT and self._itinerant is not None:
                self._itinerant.functions.append(_function(structure, discipline))
                self._teach(self._itinerant, structure, [taught.pop(0)])
            load = max(1, int(HOURS_OF_A_TEACHER // discipline.hours))
            for start in range(0, len(taught), load):
                teacher = Teacher(discipline, structure, [_function(structure, discipline)])
                self._teach(teacher, structure, taught[start : start + load])
                teachers.append(teacher)
        return teachers

    def _teach(self, teacher: Teacher, structure: str, classes: list[SchoolClass]) -> None:
        for subject, _name in teacher.discipline.subjects:
            if teacher.discipline.language:
                groups = dict.fromkeys(c.group(teacher.discipline) for c in classes)
                teacher.groups += [f"{structure}${group}${subject}" for group in groups]
            else:
                teacher.classes += [f"{structure}${c.name}${subject}" for c in classes]

    def _appoint_form_teachers(self, structure: str, classes: list[SchoolClass], teachers: list[Teacher]) -> None:
        """One of the class's own teachers, who has no other class to answer for if possible."""
        for school_class in classes:
            prefix = f"{structure}${school_class.name}$"
            own = [t for t in teachers if any(value.startswith(prefix) for value in t.classes)]
            chosen = min(own, key=lambda teacher: len(teacher.form_classes), default=None)
            if chosen is not None:
                chosen.form_classes.append(f"{structure}${school_class.name}")

    def _staff(self, structure: str, students: int) -> None:
        functions = [HEAD, CLERK, COUNSELLOR, LIBRARIAN, ASSISTANT]
        functions += [DEPUTY] * (students > 400) + [CLERK] * (students // 400)
        functions += [COUNSELLOR] * (students // 400) + [ASSISTANT] * (students // 120)
        for function in functions:
            self._write(
                structure,
                teaches=function is LIBRARIAN,
                attributes={"ENTPersonFonctions": f"{structure}${function}"},
            )

    def _write_teacher(self, teacher: Teacher) -> None:
        self._write(
            teacher.structure,
            teaches=True,
            attributes={
                "ENTAuxEnsCategoDiscipline": f"{teacher.discipline.code[1:3]}${teacher.discipline.name}",
                "ENTAuxEnsDisciplinesPoste": f"{teacher.discipline.name}${teacher.discipline.code[1:3]}",
                "ENTAuxEnsClassesMatieres": teacher.classes,
                "ENTAuxEnsGroupesMatieres": teacher.groups,
                "ENTAuxEnsClassesPrincipal": teacher.form_classes,
                "ENTPersonFonctions": teacher.functions,
            },
        )

    def _write(self, structure: str, *, teaches: bool, attributes: dict[str, str | list[str]]) -> None:
        identifier = str(next(self._ids))
        woman = self._rng.random() < 0.6
        given, name = self._names.given(girl=woman), self._names.surname()
        born: date = self._names.birthday(self._year - self._rng.randrange(25, 64))
        self._feed.add(
            Category.STAFF,
            identifier,
            {
                "ENTPersonJointure": identifier,
                "ENTPersonDateNaissance": f"{born:%d/%m/%Y}",
                "ENTPersonNomPatro": name,
                "sn": name,
                "givenName": given,
                "personalTitle": "Mme" if woman else "M.",
                "mail": f"{username_base(given, name)}@academie.example",
                "ENTPersonStructRattach": structure,
                **attributes,
                "ENTPersonCategorieEnseignant": "O" if teaches else "N",
                "PersEducNatPresenceDevantEleves": "O" if teaches else "N",
            },
        )


def _function(structure: str, discipline: Discipline) -> str:
    return f"{structure}$ENS$ENSEIGNEMENT${discipline.code}${discipline.name}"
