"""The state of a person in a school: what the feed wants it to be, and what it is.

The whole import is the difference between the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Self

from accounts.models import Identifier
from establishments.directory.export import Category
from establishments.directory.models import FeedRecord
from establishments.directory.reading import built, silent
from establishments.directory.records import GuardianRecord, PersonRecord, StaffRecord, StructureRecord, StudentRecord
from establishments.directory.report import Reason, Report
from establishments.directory.structures import GroupKey, declared_groups, is_table
from establishments.models import (
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    Membership,
    Role,
    SchoolYear,
    Subject,
    Teaching,
)

GIVEN = ("first_name", "last_name", "civility", "birth_date", "email")
FED = (Role.STUDENT, Role.GUARDIAN, Role.TEACHER, Role.STAFF, Role.HEAD)  # never local administrators

CLASS, TEACHING = Group.Kind.CLASS.value, Group.Kind.TEACHING.value

InGroup = tuple[str, str]  # kind and name
Taught = tuple[str, str, str]  # kind and name of the group, code of the subject
Held = tuple[str, str, bool]  # the guardian's key, the link, whether they pay


def scheme_of(realm: str) -> Identifier.Scheme:
    """A feed's realm is its academy's code; that of a school's own table is the school's UAI."""
    return Identifier.Scheme.TABLE if is_table(realm) else Identifier.Scheme.AAF


class State(NamedTuple):
    """What is said of one person in one school."""

    role: str
    first_name: str
    last_name: str
    civility: str
    birth_date: date | None
    email: str
    groups: frozenset[InGroup] = frozenset()
    teachings: frozenset[Taught] = frozenset()
    forms: frozenset[InGroup] = frozenset()
    guardians: frozenset[Held] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.last_name} {self.first_name}".strip()

    def as_json(self) -> dict[str, Any]:
        """What there is, and nothing of what there is not."""
        said = self._asdict()
        said["birth_date"] = self.birth_date.isoformat() if self.birth_date else ""
        return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in said.items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        links = {name: frozenset(map(tuple, said.get(name, ()))) for name in LINKS}
        born = said.get("birth_date")
        facts = {name: said.get(name, "") for name in ("role", "first_name", "last_name", "civility", "email")}
        return cls(birth_date=date.fromisoformat(born) if born else None, **facts, **links)


LINKS = ("groups", "teachings", "forms", "guardians")


# --- What the feed wants --------------------------------------------------------------------------------------


@dataclass
class Wanted:
    """Of one school, in the open gate."""

    states: dict[str, State] = field(default_factory=dict)  # by the feed's key
    files: dict[str, str] = field(default_factory=dict)
    labels: dict[InGroup, str] = field(default_factory=dict)

    @classmethod
    def of(cls, *, establishment: int, realm: str, structures: Mapping[str, int], report: Report) -> Wanted:
        """`structures` are the academy's, by the feed's keys."""
        wanted = cls()
        own = frozenset(key for key, pk in structures.items() if pk == establishment)
        rows = FeedRecord.objects.filter(feed__realm=realm, schools__contains=[establishment]).order_by("pk")
        for feed, category, key, attributes, second, file in rows.values_list(
            "feed", "category", "key", "attributes", "has_old_links", "file"
        ).iterator(chunk_size=2_000):
            if key in wanted.states:
                continue
            record = built(Category(category), key, attributes, silent)
            wanted.files[key] = file
            if unknown := [structure for structure in record.structures if structure not in structures]:
                report.warnings.add(Reason.CITES_UNKNOWN, file, key, structures=", ".join(unknown))
            if category == Category.STUDENT:
                wanted.states[key] = _student(record, own, second=second)
                wanted._guardians_of[feed].update(held[0] for held in wanted.states[key].guardians)
            else:
                wanted.states[key] = _staff(record, own)
        wanted._add_guardians(report)
        wanted._add_labels(realm, own)
        return wanted

    _guardians_of: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def _add_guardians(self, report: Report) -> None:
        """Those with authority over a student of the school; a link to nobody is left out, and said."""
        there: dict[str, GuardianRecord] = {}
        for feed, keys in self._guardians_of.items():
            rows = FeedRecord.objects.filter(feed=feed, category=Category.GUARDIAN, key__in=list(keys))
            for key, attributes, file in rows.values_list("key", "attributes", "file"):
                there[key] = built(Category.GUARDIAN, key, attributes, silent)
                self.files[key] = file
        for key, state in [(k, s) for k, s in self.states.items() if s.guardians]:
            known = frozenset(held for held in state.guardians if held[0] in there)
            for missing in sorted(held[0] for held in state.guardians - known):
                report.rejected.add(Reason.UNKNOWN_GUARDIAN, self.files[key], key, guardian=missing)
            if known != state.guardians:
                self.states[key] = state._replace(guardians=known)
        for key, record in there.items():
            self.states.setdefault(key, State(Role.GUARDIAN.value, *_facts(record)))

    def _add_labels(self, realm: str, own: frozenset[str]) -> None:
        rows = FeedRecord.objects.filter(feed__realm=realm, category=Category.STRUCTURE, key__in=own)
        found: list[tuple[str, StructureRecord]] = [
            ("", built(Category.STRUCTURE, key, attributes, silent))
            for key, attributes in rows.values_list("key", "attributes")
        ]
        labels: dict[GroupKey, str] = declared_groups(found, dict.fromkeys(own, 0))
        self.labels = {(key.kind, key.name): label for key, label in labels.items()}


def _facts(record: PersonRecord) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in GIVEN)


def _student(record: StudentRecord, own: frozenset[str], *, second: bool) -> State:
    return State(
        Role.STUDENT.value,
        *_facts(record),
        groups=frozenset(
            (kind, ref.name)
            for kind, refs in ((CLASS, record.classes), (TEACHING, record.groups))
            for ref in refs
            if ref.structure in own
        ),
        # By guardian: feeds repeat their links.
        guardians=frozenset(
            {
                link.guardian: (link.guardian, link.link.value, link.pays_fees)
                for link in record.links
                if link.is_legal(second=second)
            }.values()
        ),
    )


def _staff(record: StaffRecord, own: frozenset[str]) -> State:
    """One role in each school: the head is head where he is, and a teacher or staff elsewhere."""
    usual = Role.TEACHER if record.teaches else Role.STAFF
    return State(
        (usual if record.headed.isdisjoint(own) else Role.HEAD).value,
        *_facts(record),
        teachings=frozenset(
            (kind, taught.group.name, taught.subject)
            for kind, all_taught in ((CLASS, record.classes), (TEACHING, record.groups))
            for taught in all_taught
            if taught.group.structure in own
        ),
        forms=frozenset((CLASS, ref.name) for ref in record.form_classes if ref.structure in own),
    )


def schools_of(key: str, realm: str) -> set[int]:
    """All the schools that the academy's feeds give this person to. In the open gate; nothing outside it."""
    rows = FeedRecord.objects.filter(feed__realm=realm, key=key).values_list("schools", flat=True)
    return {school for schools in rows for school in schools}


# --- What is --------------------------------------------------------------------------------------------------


class Known(NamedTuple):
    """A membership of somebody whom the feed knows."""

    pk: int
    user: int
    keys: tuple[str, ...]  # the feed's, several after a merge
    is_current: bool
    state: State


@dataclass
class Actual:
    """Of one school, in its scope: what its rows say of those whom the feed knows."""

    establishment: int
    groups: dict[InGroup, tuple[int, str]] = field(default_factory=dict)  # primary key and label
    subjects: dict[str, int] = field(default_factory=dict)
    members: dict[tuple[int, str], Known] = field(default_factory=dict)  # by user and role
    users: dict[str, int] = field(default_factory=dict)  # by the feed's key
    facts: dict[int, tuple[Any, ...]] = field(default_factory=dict)  # by user, as in GIVEN
    # Primary keys of the links, by membership and what they say.
    in_groups: dict[tuple[int, InGroup], int] = field(default_factory=dict)
    teachings: dict[tuple[int, Taught], int] = field(default_factory=dict)
    forms: dict[tuple[int, InGroup], int] = field(default_factory=dict)
    wards: dict[tuple[int, int], tuple[int, str, bool]] = field(default_factory=dict)  # by student and guardian

    @classmethod
    def of(cls, *, establishment: int, realm: str, year: SchoolYear, day: date) -> Actual:
        actual = cls(establishment)
        groups = Group.objects.from_feed().filter(establishment=establishment, school_year=year)
        for pk, kind, name, label in groups.values_list("pk", "kind", "name", "label"):
            actual.groups[kind, name] = (pk, label)
        actual.subjects = dict(Subject.objects.values_list("code", "pk"))
        members = Membership.objects.filter(establishment=establishment, role__in=FED)
        columns = ("pk", "user", "role", "ends_on", *(f"user__{name}" for name in GIVEN))
        rows = list(members.values_list(*columns).order_by("pk"))
        # By the people of the school, and not by the identifiers of the academy: there are too many of those.
        keys_of: defaultdict[int, list[str]] = defaultdict(list)
        fed = Identifier.objects.filter(user__in=members.values("user"), scheme=scheme_of(realm), realm=realm).order_by(
            "pk"
        )
        for user, key in fed.values_list("user", "value"):
            keys_of[user].append(key)
            actual.users[key] = user
        rows = [row for row in rows if row[1] in keys_of]
        links = actual._load_links(rows, keys_of)
        for pk, user, role, ends_on, *facts in rows:
            actual.facts[user] = tuple(facts)
            actual.members[user, role] = Known(
                pk,
                user,
                tuple(keys_of[user]),
                ends_on is None or ends_on >= day,
                State(role, *facts, **{name: frozenset(links[name][pk]) for name in LINKS}),
            )
        return actual

    def load_links(self, known: Known) -> None:
        """Of a membership that was not the feed's so far."""
        self._load_links([(known.pk, known.user)], {known.user: list(known.keys)}, membership=known.pk)

    def _load_links(
        self, rows: Sequence[tuple[Any, ...]], keys_of: Mapping[int, list[str]], **only: int
    ) -> dict[str, defaultdict[int, set[Any]]]:
        """By the primary keys of these memberships, which come first in each row, before the user's.

        Read for the whole school, or `only` one membership: thousands of keys in a statement cost more than its rows.
        """
        users = {row[0]: row[1] for row in rows}
        links: dict[str, defaultdict[int, set[Any]]] = {name: defaultdict(set) for name in LINKS}
        names = {pk: key for key, (pk, _label) in self.groups.items()}
        codes = {pk: code for code, pk in self.subjects.items()}
        kept = {"group__in": list(names), **only}
        for pk, member, group in GroupMembership.objects.filter(**kept).values_list("pk", "membership", "group"):
            if member in users:
                links["groups"][member].add(names[group])
                self.in_groups[member, names[group]] = pk
        for pk, member, group, subject in Teaching.objects.filter(**kept).values_list(
            "pk", "membership", "group", "subject"
        ):
            if member in users:
                taught = (*names[group], codes[subject])
                links["teachings"][member].add(taught)
                self.teachings[member, taught] = pk
        for pk, member, group in FormTeacher.objects.filter(**kept).values_list("pk", "membership", "group"):
            if member in users:
                links["forms"][member].add(names[group])
                self.forms[member, names[group]] = pk
        held = Guardianship.objects.filter(establishment=self.establishment)
        if only:
            held = held.filter(student__in=users, guardian__in=users)
        for pk, student, guardian, link, pays, is_legal in held.values_list(
            "pk", "student", "guardian", "link", "pays_fees", "is_legal"
        ):
            if student in users and guardian in users:
                if is_legal:
                    links["guardians"][student].add((keys_of[users[guardian]][0], link, pays))
                self.wards[student, guardian] = (pk, link, pays)
        return links

    def find_users(self, keys: Iterable[str], realm: str) -> None:
        """The accounts of these keys, wherever else they belong."""
        missing = [key for key in keys if key not in self.users]
        rows = Identifier.objects.filter(scheme=scheme_of(realm), realm=realm, value__in=missing)
        for key, user, *facts in rows.values_list("value", "user", *(f"user__{name}" for name in GIVEN)):
            self.users[key], self.facts[user] = user, tuple(facts)
