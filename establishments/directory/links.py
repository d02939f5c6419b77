"""Writes who is linked to what: students and teachers to classes and groups, guardians to students."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from establishments.directory.report import Report
from establishments.directory.rows import delete, insert, update
from establishments.directory.states import Actual, Known, State
from establishments.models import FormTeacher, GroupMembership, Guardianship, Role, SchoolYear, Teaching


@dataclass
class Links:
    """The links of one school, as `actual` has them."""

    establishment: int
    actual: Actual
    report: Report

    def write(self, wants: Sequence[tuple[int, State]], members: dict[tuple[int, str], int]) -> None:
        """Make the links of these memberships what these states say; those of the others are as they were.

        `members` has the memberships of the school by account and role.
        """
        actual, group = self.actual, {key: pk for key, (pk, _label) in self.actual.groups.items()}
        here, changing = self.establishment, {member for member, _state in wants}
        self._sync(
            "group_memberships",
            GroupMembership,
            actual.in_groups,
            {(member, key): (here, group[key], member) for member, state in wants for key in state.groups},
            changing,
            ("establishment", "group", "membership"),
        )
        self._sync(
            "teachings",
            Teaching,
            actual.teachings,
            {
                (member, taught): (here, group[taught[:2]], member, actual.subjects[taught[2]])
                for member, state in wants
                for taught in state.teachings
            },
            changing,
            ("establishment", "group", "membership", "subject"),
        )
        self._sync(
            "form_teachers",
            FormTeacher,
            actual.forms,
            {(member, key): (here, group[key], member) for member, state in wants for key in state.forms},
            changing,
            ("establishment", "group", "membership"),
        )
        self._sync_guardianships(wants, members)

    def _sync(
        self,
        name: str,
        model: Any,
        held: dict[tuple[int, Any], int],
        wanted: dict[tuple[int, Any], tuple[Any, ...]],
        members: Collection[int],
        columns: tuple[str, ...],
    ) -> None:
        created = [row for key, row in wanted.items() if key not in held]
        dropped = [pk for key, pk in held.items() if key[0] in members and key not in wanted]
        insert(model, columns, created)
        delete(model, dropped)
        self.report.count(name, created=len(created), removed=len(dropped), unchanged=len(held) - len(dropped))

    def _sync_guardianships(self, wants: Iterable[tuple[int, State]], members: dict[tuple[int, str], int]) -> None:
        held = self.actual.wards
        wanted: dict[tuple[int, int], tuple[str, bool]] = {}
        students = set()
        for student, state in wants:
            students.add(student)
            for key, link, pays in state.guardians:
                guardian = members.get((self.actual.users[key], Role.GUARDIAN.value))
                if guardian is not None:  # else the student's own record, whose role is another
                    wanted[student, guardian] = (link, pays)
        insert(
            Guardianship,
            ("establishment", "student", "guardian", "link", "pays_fees"),
            [(self.establishment, *pair, *said) for pair, said in wanted.items() if pair not in held],
        )
        changed = [
            (held[pair][0], *said, True) for pair, said in wanted.items() if pair in held and held[pair][1:] != said
        ]
        update(Guardianship, ["link", "pays_fees", "is_legal"], changed)
        dropped = [row[0] for pair, row in held.items() if pair[0] in students and pair not in wanted]
        delete(Guardianship, dropped)
        self.report.count(
            "guardianships",
            created=sum(pair not in held for pair in wanted),
            updated=len(changed),
            removed=len(dropped),
            unchanged=len(held) - len(dropped) - len(changed),
        )

    def drop_of(self, ended: Iterable[Known], *, year: SchoolYear) -> None:
        """Those of memberships that end."""
        dropped = drop_links([known.pk for known in ended], year=year)
        for name, count in dropped.items():
            self.report.count(name, removed=count, unchanged=-count)
        gone = {known.pk for known in ended}
        for held in (self.actual.in_groups, self.actual.teachings, self.actual.forms):
            for key in [key for key in held if key[0] in gone]:
                del held[key]
        for pair in [pair for pair in self.actual.wards if gone & set(pair)]:
            del self.actual.wards[pair]


def drop_links(memberships: Collection[int], *, year: SchoolYear | None = None) -> Counter[str]:
    """Remove what links these memberships to others; with a year, to its groups only: those before are history."""
    dropped: Counter[str] = Counter()
    for name, model in (
        ("group_memberships", GroupMembership),
        ("teachings", Teaching),
        ("form_teachers", FormTeacher),
    ):
        rows = model.objects.filter(membership__in=memberships)
        if year:
            rows = rows.filter(group__school_year=year)
        dropped[name] = rows.delete()[0]
    wards = Guardianship.objects.filter(student__in=memberships) | Guardianship.objects.filter(guardian__in=memberships)
    dropped["guardianships"] = wards.delete()[0]
    return dropped
