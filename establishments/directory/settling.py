"""Brings one school from what it is to what the feed wants, in one transaction: nobody sees half of it."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.identity.models import plain
from accounts.models import Identifier, User
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.links import Links
from establishments.directory.models import Change, SchoolRun
from establishments.directory.report import Reason, Report
from establishments.directory.rows import insert, next_keys, update
from establishments.directory.states import GIVEN, Actual, InGroup, Known, State, Wanted, scheme_of, schools_of
from establishments.directory.usernames import Usernames, username_base
from establishments.models import (
    Group,
    Membership,
    Role,
    SchoolYear,
)

COUNTED_AS = {
    Role.STUDENT: "students",
    Role.GUARDIAN: "guardians",
    Role.TEACHER: "teachers",
    Role.STAFF: "staff",
    Role.HEAD: "staff",
}
WORKERS = (Role.TEACHER, Role.STAFF, Role.HEAD)


@dataclass
class Difference:
    """One person; `known` is the membership that `after` gives, or else the one that ends."""

    key: str
    before: State | None
    after: State | None
    user: int | None
    known: Known | None = None
    ended: Known | None = None  # another role, that this one takes the place of

    @property
    def has_left(self) -> bool:
        return self.after is None


@dataclass
class Settlement:
    """The differences of one school, and how to write them."""

    establishment: int
    realm: str
    year: SchoolYear
    day: date
    wanted: Wanted
    actual: Actual
    report: Report
    counted: IdentifierSet = field(default_factory=IdentifierSet)  # people of this run, each counted once
    is_exact: bool = False  # what is wanted was once so: what is empty in it was empty
    differences: list[Difference] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)  # identifiers that are somebody else's now

    def __post_init__(self) -> None:
        self.links = Links(self.establishment, self.actual, self.report)
        self._drop_unknown_subjects()
        self.actual.find_users(self.wanted.states, self.realm)
        self._compare()

    # --- Comparing ------------------------------------------------------------------------------------------

    def _drop_unknown_subjects(self) -> None:
        for key, state in self.wanted.states.items():
            known = frozenset(taught for taught in state.teachings if taught[2] in self.actual.subjects)
            for _kind, _name, subject in state.teachings - known:
                self.report.rejected.repeat(Reason.UNKNOWN_SUBJECT, self.wanted.files.get(key, ""), subject)
            if known != state.teachings:
                self.wanted.states[key] = state._replace(teachings=known)

    def _compare(self) -> None:
        claimed: set[int] = set()
        arrived: dict[int, Difference] = {}  # by user
        for key, state in self.wanted.states.items():
            user = self._user_of(key, state)
            known = self.actual.members.get((user, state.role)) if user else None
            if known:
                if known.pk in claimed:  # a merged account: the first of its records speaks
                    continue
                claimed.add(known.pk)
            after = self._overlaid(state, user)
            before = known.state if known and known.is_current else None
            if before is None or self._says(before) != self._says(after):
                difference = Difference(key, before, after, user, known)
                self.differences.append(difference)
                if user and before is None:
                    arrived[user] = difference
            self._count_person(key, state.role, before, after, user)
        for known in self.actual.members.values():
            if known.is_current and known.pk not in claimed:
                if other := arrived.get(known.user):
                    other.before, other.ended = known.state, known
                else:
                    self.differences.append(Difference(known.keys[0], known.state, None, known.user, known))

    def _user_of(self, key: str, state: State) -> int | None:
        user = self.actual.users.get(key)
        if self.is_exact:
            return user
        if user is not None and _is_somebody_else(state, self.actual.facts[user]):
            self.report.warnings.add(Reason.REUSED, self.wanted.files.get(key, ""), key)
            self.retired.append(key)
            del self.actual.users[key]
            return None
        return user

    def _overlaid(self, state: State, user: int | None) -> State:
        """What the feed leaves empty erases nothing, and an address that is there stays: its owner may have set it."""
        if user is None or self.is_exact:
            return state
        held = dict(zip(GIVEN, self.actual.facts[user], strict=True))
        facts = {name: getattr(state, name) or held[name] for name in GIVEN}
        return state._replace(**facts | {"email": held["email"] or state.email})

    def _says(self, state: State) -> Any:
        """With guardians by account: a merged one has several keys."""
        held = frozenset((self.actual.users.get(key, key), *rest) for key, *rest in state.guardians)
        return state._replace(guardians=held)

    def _count_person(self, key: str, role: str, before: State | None, after: State, user: int | None) -> None:
        if key in self.counted:
            return
        self.counted.add(key)
        changed = user is not None and self.actual.facts[user] != tuple(getattr(after, name) for name in GIVEN)
        outcome = "created" if user is None else "updated" if changed else "unchanged"
        self.report.count(COUNTED_AS[Role(role)], **{outcome: 1})

    # --- What it would mean ---------------------------------------------------------------------------------

    @property
    def people(self) -> int:
        """Those whom the feed has given so far."""
        return sum(known.is_current for known in self.actual.members.values())

    @property
    def left(self) -> int:
        return sum(difference.has_left for difference in self.differences)

    @property
    def arrived(self) -> int:
        return sum(difference.before is None for difference in self.differences)

    def record(self, school_run: SchoolRun) -> None:
        """Keep the differences, so that they can be seen, and undone."""
        insert(
            Change,
            ("establishment", "school_run", "user", "key", "name", "before", "after", "file"),
            [
                (
                    self.establishment,
                    school_run.pk,
                    d.user,
                    d.key,
                    (d.after or d.before).name,  # type: ignore[union-attr]
                    d.before.as_json() if d.before else None,
                    d.after.as_json() if d.after else None,
                    self.wanted.files.get(d.key, ""),
                )
                for d in self.differences
            ],
        )

    # --- Writing --------------------------------------------------------------------------------------------

    def apply(self) -> None:
        self._retire_identifiers()
        self._write_accounts()
        members = self._write_memberships()
        self._write_groups()
        wants = [(members[d.user, d.after.role], d.after) for d in self.differences if d.after and d.user]
        self.links.write(wants, members)

    def _retire_identifiers(self) -> None:
        """The account of before keeps its work and its name, and is no longer the feed's."""
        for identifier in Identifier.objects.filter(
            scheme=scheme_of(self.realm), realm=self.realm, value__in=self.retired
        ):
            identifier.value = f"{identifier.value}~{identifier.user_id}"[:64]
            identifier.save(update_fields=["value"])

    def _write_accounts(self) -> None:
        comers = [d for d in self.differences if d.after and d.user is None]
        self._match_hand_made(comers)
        new = [d for d in comers if d.user is None]
        states = [d.after for d in new if d.after]
        names = Usernames().allot([username_base(state.first_name, state.last_name) for state in states])
        keys = next_keys(User, len(new))
        now = timezone.now()
        insert(
            User,
            ("id", "username", "password", "date_joined", *GIVEN),
            [
                (pk, name, UNUSABLE_PASSWORD_PREFIX + secrets.token_hex(20), now, *_facts(state))
                for pk, name, state in zip(keys, names, states, strict=True)
            ],
        )
        for difference, pk in zip(new, keys, strict=True):
            difference.user = pk
        identified = [d for d in comers if d.key not in self.actual.users]
        insert(
            Identifier,
            ("user", "scheme", "realm", "value"),
            [(d.user, scheme_of(self.realm).value, self.realm, d.key) for d in identified],
        )
        for difference in identified:
            self.actual.users[difference.key] = difference.user  # type: ignore[assignment]
        self._correct_accounts()

    def _match_hand_made(self, comers: Collection[Difference]) -> None:
        """A substitute or an assistant whom the school had entered before the feed knew them.

        The same person when names and birth date, or names and address, are the same, in a kindred role here. Only
        where the feed gives them to this school alone, and not as its head: the school chose how that account is
        signed in to, and would hold the keys of another's classes.
        """
        # The academy's feed finds those whom a table has brought: never the other way round.
        schemes = {Identifier.Scheme.AAF, scheme_of(self.realm)}
        strangers = (
            Membership.objects.filter(
                establishment=self.establishment, role__in=(Role.TEACHER, Role.STAFF, Role.STUDENT)
            )
            .exclude(Exists(Identifier.objects.filter(user=OuterRef("user"), scheme__in=schemes)))
            .select_related("user")
        )
        by_name: defaultdict[str, list[Membership]] = defaultdict(list)
        for stranger in strangers:
            by_name[plain(f"{stranger.user.last_name} {stranger.user.first_name}")].append(stranger)
        if not by_name:
            return
        for difference in comers:
            state = difference.after
            if state is None or state.role == Role.HEAD:
                continue
            alike = by_name.get(plain(state.name), [])
            found = [m for m in alike if _is_the_same(m, state)]
            if len(found) == 1 and schools_of(difference.key, self.realm) <= {self.establishment}:
                alike.remove(found[0])
                self._take_up(difference, state, found[0])

    def _take_up(self, difference: Difference, state: State, membership: Membership) -> None:
        """The feed answers for them from now on, and for what links them to its groups."""
        user = membership.user
        difference.user = user.pk
        self.actual.facts[user.pk] = tuple(getattr(user, name) for name in GIVEN)
        difference.after = self._overlaid(state, user.pk)
        known = Known(
            membership.pk, user.pk, (difference.key,), True, State(membership.role, *self.actual.facts[user.pk])
        )
        self.actual.load_links(known)
        if membership.role != state.role:
            difference.ended = known
            return
        difference.known = self.actual.members[user.pk, membership.role] = known
        Membership.objects.filter(pk=membership.pk).update(ends_on=None)

    def _correct_accounts(self) -> None:
        """Each fact by itself: what did not change may have been changed by its owner meanwhile."""
        for place, name in enumerate(GIVEN):
            rows = [
                (d.user, value)
                for d in self.differences
                if d.after and d.user in self.actual.facts
                if (value := getattr(d.after, name)) != self.actual.facts[d.user][place]
            ]
            update(User, [name], list(dict(rows).items()))

    def _write_memberships(self) -> dict[tuple[int, str], int]:
        """Primary keys by user and role, of all those that the feed gives."""
        made = [d for d in self.differences if d.after and d.known is None]
        keys = next_keys(Membership, len(made))
        insert(
            Membership,
            ("id", "establishment", "user", "role"),
            [(pk, self.establishment, d.user, d.after.role) for pk, d in zip(keys, made, strict=True) if d.after],
        )
        again = [d.known.pk for d in self.differences if d.after and d.known and not d.known.is_current]
        if again:
            Membership.objects.filter(pk__in=again).update(ends_on=None, missing_since=None)
            self._administrators(again).filter(missing_since__isnull=False).update(ends_on=None, missing_since=None)
        last = self.day - timedelta(days=1)
        missing = [d.known.pk for d in self.differences if d.has_left and d.known]
        if missing:
            # Whoever has left administers the school no more; as guardian alone, one never does.
            self._administrators(missing).not_ended(self.day).update(ends_on=last, missing_since=self.day)
            Membership.objects.filter(pk__in=missing).update(ends_on=last, missing_since=self.day)
        ended = [d.ended for d in self.differences if d.ended]
        if ended:
            Membership.objects.filter(pk__in=[known.pk for known in ended]).update(ends_on=last)
            self.links.drop_of(ended, year=self.year)
        current = sum(known.is_current for known in self.actual.members.values())
        self.report.count(
            "memberships",
            created=len(made),
            updated=len(again),
            unchanged=current - len(missing) - len(ended),
            removed=len(missing) + len(ended),
        )
        found = {place: known.pk for place, known in self.actual.members.items()}
        for pk, difference in zip(keys, made, strict=True):
            if difference.after and difference.user:
                found[difference.user, difference.after.role] = pk
        return found

    def _administrators(self, memberships: Collection[int]) -> Any:
        """What makes administrators of the people who work here by these memberships."""
        workers = Membership.objects.filter(pk__in=memberships, role__in=WORKERS)
        return Membership.objects.filter(
            establishment=self.establishment, role=Role.LOCAL_ADMIN, user__in=workers.values("user")
        )

    def _write_groups(self) -> None:
        asked: set[InGroup] = set(self.wanted.labels)
        for state in self.wanted.states.values():
            asked |= state.groups | state.forms | {(kind, name) for kind, name, _subject in state.teachings}
        missing = sorted(asked - self.actual.groups.keys())
        keys = next_keys(Group, len(missing))
        rows = [
            (pk, self.establishment, self.year.pk, kind, name, self._label(kind, name))
            for pk, (kind, name) in zip(keys, missing, strict=True)
        ]
        insert(Group, ("id", "establishment", "school_year", "kind", "name", "label"), rows)
        relabelled = [
            (pk, self._label(*key))
            for key in asked & self.actual.groups.keys()
            for pk, label in [self.actual.groups[key]]
            if self._label(*key) not in {"", label}
        ]
        update(Group, ["label"], relabelled)
        for pk, key in zip(keys, missing, strict=True):
            self.actual.groups[key] = (pk, self._label(*key))
        unchanged = len(asked) - len(missing) - len(relabelled)
        self.report.count("groups", created=len(missing), updated=len(relabelled), unchanged=unchanged)

    def _label(self, kind: str, name: str) -> str:
        """A feed without a label erases none, and one that says the name again says nothing."""
        label = self.wanted.labels.get((kind, name), "")
        return "" if label == name else label


def _facts(state: State) -> tuple[Any, ...]:
    return tuple(getattr(state, name) for name in GIVEN)


def _is_somebody_else(state: State, facts: tuple[Any, ...]) -> bool:
    """An identifier given to another person: another birth date, and not one name in common."""
    first_name, last_name, _civility, birth_date, _email = facts
    if not birth_date or not state.birth_date or birth_date == state.birth_date:
        return False
    names = set(plain(f"{first_name} {last_name}").split())
    return names.isdisjoint(plain(state.name).split())


def _is_the_same(membership: Membership, state: State) -> bool:
    user = membership.user
    kindred = {Role.TEACHER, Role.STAFF, Role.HEAD}
    if membership.role != state.role and not {membership.role, state.role} <= kindred:
        return False
    if user.birth_date and state.birth_date:
        return bool(user.birth_date == state.birth_date)
    return bool(user.email and user.email.casefold() == state.email.casefold())
