"""Writes the people of a delivery: their accounts, and what they are in which school.

Everything comes in batches, is compared with what is there, and only what differs is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from accounts.models import Identifier, User
from establishments.directory.differences import correct
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.records import PersonRecord
from establishments.directory.report import Report
from establishments.directory.usernames import Usernames, username_base
from establishments.models import Membership

GIVEN = ("first_name", "last_name", "civility", "birth_date", "email")


class Place(NamedTuple):
    """What somebody is where."""

    establishment: int
    user: int
    role: str


@dataclass(frozen=True)
class Source:
    """The feed of one academy: the people whom it knows have an identifier from it."""

    realm: str

    def identifiers(self, path: str = "") -> dict[str, str]:
        """A filter; `path` leads from the model that is filtered to the identifiers."""
        return {f"{path}scheme": Identifier.Scheme.AAF.value, f"{path}realm": self.realm}


class People:
    """The people of one delivery; the memberships are those of the open scope."""

    def __init__(self, *, source: Source, day: date, report: Report) -> None:
        self._source, self._day, self._report = source, day, report
        self._usernames = Usernames()
        self._given = IdentifierSet()  # the memberships that the delivery gives
        self._new = IdentifierSet()  # those made in this run

    # --- Accounts -------------------------------------------------------------------------------------------

    def accounts(self, people: Sequence[PersonRecord], count: Callable[[Any], str]) -> dict[str, int]:
        """Create and correct these people's accounts; return their primary keys by the feed's identifier.

        `count` names the key of the report that each is counted under.
        """
        known = self._users(person.id for person in people)
        created = [person for person in people if person.id not in known]
        changes = {p.id: changed for p in people if p.id in known and (changed := _correct(known[p.id], p))}
        new = self._create(created)
        for name in GIVEN:  # each by itself: what did not change may have been changed by its owner meanwhile
            users = [known[identifier] for identifier, changed in changes.items() if name in changed]
            User.objects.bulk_update(users, [name], batch_size=500)
        for person in people:
            outcome = "updated" if person.id in changes else "unchanged" if person.id in known else "created"
            self._report.count(count(person), **{outcome: 1})
        return {identifier: user.pk for identifier, user in (known | new).items()}

    def known(self, identifiers: Iterable[str]) -> dict[str, int]:
        """The primary keys of the accounts that are there."""
        return dict(self._identifiers(identifiers).values_list("value", "user_id"))

    def _identifiers(self, values: Iterable[str]) -> QuerySet[Identifier]:
        return Identifier.objects.filter(**self._source.identifiers(), value__in=list(values))

    def _users(self, identifiers: Iterable[str]) -> dict[str, User]:
        return {i.value: i.user for i in self._identifiers(identifiers).select_related("user")}

    def _create(self, people: Sequence[PersonRecord]) -> dict[str, User]:
        names = self._usernames.allot([username_base(person.first_name, person.last_name) for person in people])
        users = {}
        for person, username in zip(people, names, strict=True):
            users[person.id] = user = User(username=username)
            user.set_unusable_password()
            _correct(user, person)
        User.objects.bulk_create(users.values())
        Identifier.objects.bulk_create(
            Identifier(user=user, value=value, **self._source.identifiers()) for value, user in users.items()
        )
        return users

    # --- Memberships ----------------------------------------------------------------------------------------

    def memberships(self, wanted: Iterable[Place]) -> dict[Place, int]:
        """Create these memberships, and take up again those that had ended; return their primary keys."""
        places = list(dict.fromkeys(wanted))
        known = self._held(places)
        created = [
            Membership(establishment_id=place.establishment, user_id=place.user, role=place.role)
            for place in places
            if place not in known
        ]
        Membership.objects.bulk_create(created)
        again = [pk for pk, ends_on in known.values() if ends_on and ends_on < self._day]
        if again:
            Membership.objects.filter(pk__in=again).update(ends_on=None)
        met = sum(pk not in self._given for pk, _ends_on in known.values())
        self._report.count("memberships", created=len(created), updated=len(again), unchanged=met - len(again))
        for membership in created:
            self._new.add(membership.pk)
        found = {place: pk for place, (pk, _ends_on) in known.items()}
        found |= {Place(m.establishment_id, m.user_id, m.role): m.pk for m in created}
        for pk in found.values():
            self._given.add(pk)
        return found

    def _held(self, places: Collection[Place]) -> dict[Place, tuple[int, date | None]]:
        asked = set(places)
        held = Membership.objects.filter(
            user_id__in={place.user for place in places}, role__in={place.role for place in places}
        ).values_list("establishment_id", "user_id", "role", "pk", "ends_on")
        found = {Place(*place): (pk, ends_on) for *place, pk, ends_on in held}
        return {place: found[place] for place in asked & found.keys()}

    def older(self, memberships: Iterable[int]) -> list[int]:
        """Those that were there before this run: the others can have no link but from it."""
        return [pk for pk in memberships if pk not in self._new]

    def others(self, roles: Collection[str], *, spared: IdentifierSet) -> list[int]:
        """The current memberships in these roles that the delivery does not give.

        Only those of people whom the feed knows, in the open scope. `spared` are identifiers whose records could
        not be read: they are in the feed all the same.
        """
        current = Membership.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=self._day),
            role__in=roles,
            **self._source.identifiers("user__identifiers__"),
        ).values_list("pk", "user__identifiers__value")
        return [pk for pk, value in current.iterator() if pk not in self._given and value not in spared]

    def end(self, memberships: Collection[int]) -> None:
        """The day before was their last."""
        Membership.objects.filter(pk__in=memberships).update(ends_on=self._day - timedelta(days=1))
        self._report.count("memberships", removed=len(memberships))


def _correct(user: User, person: PersonRecord) -> frozenset[str]:
    """Bring the account up to the record; return the names of what changed.

    What the feed leaves empty erases nothing, and an address that is there stays: its owner may have set it.
    """
    wanted = {field: value for field in GIVEN if (value := getattr(person, field))}
    if user.email:
        wanted.pop("email", None)
    return correct(user, wanted)
