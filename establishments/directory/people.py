"""Writes the people of a delivery: their accounts, what they are in which school, and their links.

Everything comes in batches, is compared with what is there, and only what differs is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from accounts.models import Identifier, User
from establishments.directory.differences import correct
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.records import PersonRecord
from establishments.directory.report import Report
from establishments.directory.usernames import Usernames, username_base
from establishments.models import FormTeacher, GroupMembership, Guardianship, Membership, SchoolYear, Teaching

SCHEME = Identifier.Scheme.AAF
GIVEN = ("first_name", "last_name", "civility", "birth_date", "email")
CHUNK = 2_000  # rows of a statement


class Place(NamedTuple):
    """What somebody is where."""

    establishment: int
    user: int
    role: str


@dataclass(frozen=True)
class LinkKind:
    """A model of links: the columns that identify a link, and those that describe it."""

    count: str
    model: Any
    key: tuple[str, ...]
    values: tuple[str, ...] = ()


GROUP_MEMBERSHIPS = LinkKind("group_memberships", GroupMembership, ("group_id", "membership_id"))
TEACHINGS = LinkKind("teachings", Teaching, ("group_id", "membership_id", "subject_id"))
FORM_TEACHERS = LinkKind("form_teachers", FormTeacher, ("group_id", "membership_id"))
GUARDIANSHIPS = LinkKind(
    "guardianships", Guardianship, ("student_id", "guardian_id"), ("link", "is_legal", "pays_fees")
)


class People:
    """The people of one delivery. `realm` is its academy; the memberships are those of the open scope."""

    def __init__(self, *, realm: str, day: date, year: SchoolYear, report: Report) -> None:
        self.realm, self.day, self.year, self.report = realm, day, year, report
        self._usernames = Usernames()
        self._given = IdentifierSet()  # the memberships that the delivery gives

    # --- Accounts -------------------------------------------------------------------------------------------

    def accounts(self, people: Sequence[PersonRecord], count: Callable[[Any], str]) -> dict[str, int]:
        """Create and correct these people's accounts; return their primary keys by the feed's identifier.

        `count` names the key of the report that each is counted under.
        """
        known = self._users(person.id for person in people)
        created = [person for person in people if person.id not in known]
        changed = [person for person in people if person.id in known and _correct(known[person.id], person)]
        new = self._create(created)
        User.objects.bulk_update([known[person.id] for person in changed], GIVEN, batch_size=500)
        for person in people:
            self.report.count(count(person), unchanged=1)
        for person in created:
            self.report.count(count(person), created=1, unchanged=-1)
        for person in changed:
            self.report.count(count(person), updated=1, unchanged=-1)
        return {identifier: user.pk for identifier, user in (known | new).items()}

    def known(self, identifiers: Iterable[str]) -> dict[str, int]:
        """The primary keys of the accounts that are there."""
        return dict(self._identifiers(identifiers).values_list("value", "user_id"))

    def _identifiers(self, values: Iterable[str]) -> QuerySet[Identifier]:
        return Identifier.objects.filter(scheme=SCHEME, realm=self.realm, value__in=list(values))

    def _users(self, identifiers: Iterable[str]) -> dict[str, User]:
        return {i.value: i.user for i in self._identifiers(identifiers).select_related("user")}

    def _create(self, people: Sequence[PersonRecord]) -> dict[str, User]:
        names = self._usernames.allot(
            [username_base(person.first_name, person.last_name) for person in people]
        )
        users = {}
        for person, username in zip(people, names, strict=True):
            users[person.id] = user = User(username=username)
            user.set_unusable_password()
            _correct(user, person)
        User.objects.bulk_create(users.values())
        Identifier.objects.bulk_create(
            Identifier(user=user, scheme=SCHEME, realm=self.realm, value=value)
            for value, user in users.items()
        )
        return users

    # --- Memberships ----------------------------------------------------------------------------------------

    def memberships(self, wanted: Collection[Place]) -> dict[Place, int]:
        """Create these memberships, and take up again those that had ended; return their primary keys."""
        known = self._held(wanted)
        places = dict.fromkeys(wanted)
        created = [
            Membership(establishment_id=place.establishment, user_id=place.user, role=place.role)
            for place in places
            if place not in known
        ]
        Membership.objects.bulk_create(created)
        revived = [
            membership
            for place in places
            if (membership := known.get(place)) and membership.ends_on and membership.ends_on < self.day
        ]
        Membership.objects.filter(pk__in=[membership.pk for membership in revived]).update(ends_on=None)
        met = [known[place].pk for place in places if place in known and known[place].pk not in self._given]
        self.report.count(
            "memberships", created=len(created), updated=len(revived), unchanged=len(met) - len(revived)
        )
        found = {place: known[place].pk for place in places if place in known}
        found |= {Place(m.establishment_id, m.user_id, m.role): m.pk for m in created}
        for pk in found.values():
            self._given.add(pk)
        return found

    def _held(self, wanted: Collection[Place]) -> dict[Place, Membership]:
        held = Membership.objects.filter(
            user_id__in={place.user for place in wanted}, role__in={place.role for place in wanted}
        )
        return {Place(m.establishment_id, m.user_id, m.role): m for m in held}

    def end_others(self, roles: Collection[str], *, spared: IdentifierSet) -> None:
        """End the day before, with their links, the memberships that the delivery does not give.

        Only those of people whom this academy's feed knows, in the open scope. `spared` are identifiers whose
        records could not be read: they are in the feed all the same.
        """
        current = Membership.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=self.day),
            role__in=roles,
            user__identifiers__scheme=SCHEME,
            user__identifiers__realm=self.realm,
        ).values_list("pk", "user__identifiers__value")
        others = [pk for pk, value in current.iterator() if pk not in self._given and value not in spared]
        for chunk in _chunks(others):
            self._drop(GROUP_MEMBERSHIPS, self.current_links(GROUP_MEMBERSHIPS, chunk))
            self._drop(TEACHINGS, self.current_links(TEACHINGS, chunk))
            self._drop(FORM_TEACHERS, self.current_links(FORM_TEACHERS, chunk))
            self._drop(
                GUARDIANSHIPS, Guardianship.objects.filter(Q(student_id__in=chunk) | Q(guardian_id__in=chunk))
            )
            Membership.objects.filter(pk__in=chunk).update(ends_on=self.day - timedelta(days=1))
        self.report.count("memberships", removed=len(others))

    # --- Links ----------------------------------------------------------------------------------------------

    def current_links(self, kind: LinkKind, memberships: Collection[int]) -> QuerySet[Any]:
        """These memberships' links to classes and groups of the year: last year's are history."""
        return kind.model.objects.filter(membership_id__in=memberships, group__school_year=self.year)

    def guardianships_of(self, students: Collection[int]) -> QuerySet[Any]:
        """Those held by people whom this academy's feed knows."""
        return Guardianship.objects.filter(
            student_id__in=students,
            guardian__user__identifiers__scheme=SCHEME,
            guardian__user__identifiers__realm=self.realm,
        )

    def sync(self, kind: LinkKind, *, current: QuerySet[Any], wanted: Iterable[Any]) -> None:
        """Make the current rows be the wanted ones: unsaved instances, of which equal keys count once."""
        key: Callable[[Any], Any] = attrgetter(*kind.key)
        left = {key(row): row for row in current}
        created, changed, met = [], [], 0
        for row in {key(row): row for row in wanted}.values():
            known = left.pop(key(row), None)
            if known is None:
                created.append(row)
                continue
            met += 1
            if correct(known, {name: getattr(row, name) for name in kind.values}):
                changed.append(known)
        kind.model.objects.bulk_create(created)
        if changed:
            kind.model.objects.bulk_update(changed, kind.values, batch_size=500)
        self.report.count(
            kind.count, created=len(created), updated=len(changed), unchanged=met - len(changed)
        )
        if left:
            self._drop(kind, kind.model.objects.filter(pk__in=[row.pk for row in left.values()]))

    def _drop(self, kind: LinkKind, rows: QuerySet[Any]) -> None:
        _total, by_model = rows.delete()
        self.report.count(kind.count, removed=by_model.get(kind.model._meta.label, 0))


def _correct(user: User, person: PersonRecord) -> bool:
    """Bring the account up to the record; did anything change?

    What the feed leaves empty erases nothing, and an address that is there stays: its owner may have set it.
    """
    wanted = {field: value for field in GIVEN if (value := getattr(person, field))}
    if user.email:
        wanted.pop("email", None)
    return correct(user, wanted)


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
