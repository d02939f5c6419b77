"""Invents families: one home or two, one surname or two, children in several schools; and those who have none."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from establishments.directory.export import Category
from establishments.directory.invention.facts import School
from establishments.directory.invention.feed import Feed
from establishments.directory.invention.names import Names
from establishments.directory.usernames import username_base

# N_LIEN_ELEVE_RESPONSABLE
MOTHER, FATHER, GRANDPARENT, TUTOR, CHILD_WELFARE, OTHER = "10", "20", "38", "50", "51", "90"
LEGAL, CONTACT, IN_CHARGE = "1", "0", "2"

SEPARATED, ALONE, IN_CARE = 0.28, 0.12, 0.02
WITH_A_CONTACT, WITH_A_STEP_PARENT = 0.15, 0.04
SAME_SCHOOL = 0.4
CHILDREN = (1, 1, 1, 1, 1, 2, 2, 2, 3)


@dataclass
class Household:
    """What its children share. Children of separated parents live with one, and may bear both names."""

    surname: str
    home: tuple[str, str, str]
    links: list[str] = field(default_factory=list)
    given: set[str] = field(default_factory=set)  # no two of its children have the same name


class Households:
    """Gives each place in a school a child of some household, and writes the guardians."""

    def __init__(self, *, rng: Random, names: Names, feed: Feed, ids: Iterator[int], schools: Sequence[School]) -> None:
        self._rng, self._names, self._feed, self._ids = rng, names, feed, ids
        self._schools = schools
        self._waiting: defaultdict[str, deque[Household]] = defaultdict(deque)
        self._promised: set[str] = set()  # the schools where the demonstration's sibling must be

    def children(self, index: int, count: int) -> Iterator[Household]:
        """The households of that many students of the school, one each."""
        school = self._schools[index]
        waiting = self._waiting.pop(school.uai, deque())
        promised = school.uai in self._promised
        for rank in range(count):
            if waiting and ((promised and rank == 0) or self._rng.random() < 0.4):
                yield waiting.popleft()
                continue
            household = self._household(school)
            siblings = self._rng.choice(CHILDREN) - 1
            if rank == 0 and (lycee := self._agricultural_lycee_after(index)):
                self._waiting[lycee.uai].appendleft(household)
                self._promised.add(lycee.uai)
            for _sibling in range(siblings):
                other = self._sibling_school(index)
                (waiting if other is None else self._waiting[other.uai]).append(household)
            yield household

    def _agricultural_lycee_after(self, index: int) -> School | None:
        """Where the first collège's first family has its other child: somebody must have one in both."""
        if any(not school.is_agricultural for school in self._schools[:index]):
            return None
        return next((school for school in self._schools[index + 1 :] if school.is_agricultural), None)

    def _sibling_school(self, index: int) -> School | None:
        """None for the same one; else one of the département that is still to come."""
        here = self._schools[index]
        near = [s for s in self._schools[index + 1 : index + 12] if s.department == here.department]
        return None if not near or self._rng.random() < SAME_SCHOOL else self._rng.choice(near)

    def _household(self, school: School) -> Household:
        chance = self._rng.random()
        surname, home = self._names.surname(), self._names.address(school)
        if chance < IN_CARE:
            return self._in_care(surname, home)
        if chance < IN_CARE + ALONE:
            household = self._with_parents(surname, home, [(surname, home)])
        elif chance < IN_CARE + ALONE + SEPARATED:
            other = self._names.surname()
            both = f"{surname}-{other}" if "-" not in surname + other and self._rng.random() < 0.4 else surname
            household = self._with_parents(both, home, [(other, home), (surname, self._names.address(school))])
        else:
            maiden = self._names.surname() if self._rng.random() < 0.3 else surname
            household = self._with_parents(surname, home, [(maiden, home), (surname, home)])
        self._add_others(household)
        return household

    def _with_parents(
        self, surname: str, home: tuple[str, str, str], parents: list[tuple[str, tuple[str, str, str]]]
    ) -> Household:
        """The mother first, and the father if there are two; the first one pays."""
        household = Household(surname, home)
        shared_email = self._rng.random() < 0.1
        email = ""
        for rank, (name, address) in enumerate(parents):
            given = self._names.given(girl=rank == 0)
            if not (shared_email and email):
                email = f"{username_base(given, name)}@famille.example" if self._rng.random() < 0.7 else ""
            identifier = self._write(given, name, address, woman=rank == 0, email=email)
            link, pays = (MOTHER, "1") if rank == 0 else (FATHER, "0")
            household.links.append("$".join((identifier, link, pays, LEGAL, "1", pays)))
        return household

    def _in_care(self, surname: str, home: tuple[str, str, str]) -> Household:
        woman = self._rng.random() < 0.6
        identifier = self._write(self._names.given(girl=woman), self._names.surname(), home, woman=woman, email="")
        link = self._rng.choice((TUTOR, CHILD_WELFARE))
        return Household(surname, home, ["$".join((identifier, link, "1", LEGAL, "1", "0"))])

    def _add_others(self, household: Household) -> None:
        """People without authority: they are in the feed, and get no account."""
        if self._rng.random() < WITH_A_CONTACT:
            self._add_other(household, GRANDPARENT, CONTACT)
        if self._rng.random() < WITH_A_STEP_PARENT:
            self._add_other(household, OTHER, IN_CHARGE)

    def _add_other(self, household: Household, link: str, legal: str) -> None:
        woman = self._rng.random() < 0.5
        given, name = self._names.given(girl=woman), self._names.surname()
        identifier = self._write(given, name, household.home, woman=woman, email="")
        household.links.append("$".join((identifier, link, "0", legal, "1", "0")))

    def _write(self, given: str, name: str, home: tuple[str, str, str], *, woman: bool, email: str) -> str:
        identifier = str(next(self._ids))
        address, postal_code, city = home
        self._feed.add(
            Category.GUARDIAN,
            identifier,
            {
                "ENTPersonJointure": identifier,
                "ENTPersonDateNaissance": "",
                "ENTPersonNomPatro": name,
                "sn": name,
                "givenName": given,
                "personalTitle": "Mme" if woman else "M.",
                "homePhone": self._names.telephone(mobile=False),
                "mobile": self._names.telephone(mobile=True),
                "mail": email,
                "ENTPersonAdresse": address,
                "ENTPersonCodePostal": postal_code,
                "ENTPersonVille": city,
                "ENTPersonPays": "FRANCE",
            },
        )
        return identifier
