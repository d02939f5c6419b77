"""Writes who is linked to what: students and teachers to classes and groups, guardians to students."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet

from establishments.directory.differences import correct
from establishments.directory.people import Source
from establishments.directory.report import Report
from establishments.directory.structures import Groups
from establishments.models import FormTeacher, GroupMembership, Guardianship, Teaching


@dataclass(frozen=True)
class LinkKind:
    """A model of links.

    `of` is the membership whose links are compared, `key` the columns that identify a link among them and
    `values` those that describe it; `known` is the membership that the feed must know for a link to be its own.
    """

    count: str
    model: Any
    of: str
    key: tuple[str, ...]
    values: tuple[str, ...] = ()
    known: str = "membership"


GROUP_MEMBERSHIPS = LinkKind("group_memberships", GroupMembership, "membership", ("membership_id", "group_id"))
TEACHINGS = LinkKind("teachings", Teaching, "membership", ("membership_id", "group_id", "subject_id"))
FORM_TEACHERS = LinkKind("form_teachers", FormTeacher, "membership", ("membership_id", "group_id"))
GUARDIANSHIPS = LinkKind(
    "guardianships",
    Guardianship,
    "student",
    ("student_id", "guardian_id"),
    values=("link", "is_legal", "pays_fees"),
    known="guardian",
)
IN_GROUPS = (GROUP_MEMBERSHIPS, TEACHINGS, FORM_TEACHERS)


class Links:
    """The links of one delivery. Those with the groups of other years are history, and stay."""

    def __init__(self, *, source: Source, groups: Groups, report: Report) -> None:
        self._source, self._groups, self._report = source, groups, report

    def sync(self, kind: LinkKind, *, of: Collection[int], wanted: Iterable[Any]) -> None:
        """Make the links of these memberships be the wanted ones: unsaved rows, of which equal ones count once.

        A link that is not wanted goes if the feed knows the person; others' were made by hand.
        """
        key: Callable[[Any], Any] = attrgetter(*kind.key)
        left = {key(row): row for row in self._current(kind, of)}
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
        self._report.count(kind.count, created=len(created), updated=len(changed), unchanged=met - len(changed))
        if left:
            known_people = self._source.identifiers(f"{kind.known}__user__identifiers__")
            self._drop(kind, kind.model.objects.filter(pk__in=[row.pk for row in left.values()], **known_people))

    def drop(self, memberships: Collection[int]) -> None:
        """Remove the links of memberships that end."""
        for kind in IN_GROUPS:
            rows = self._current(kind, memberships)
            self._drop(kind, kind.model.objects.filter(pk__in=[row.pk for row in rows]))
        held = Q(student_id__in=memberships) | Q(guardian_id__in=memberships)
        self._drop(GUARDIANSHIPS, Guardianship.objects.filter(held))

    def _current(self, kind: LinkKind, memberships: Collection[int]) -> list[Any]:
        if not memberships:
            return []
        rows = kind.model.objects.filter(**{f"{kind.of}_id__in": memberships})
        return [row for row in rows if kind not in IN_GROUPS or self._groups.is_of_the_year(row.group_id)]

    def _drop(self, kind: LinkKind, rows: QuerySet[Any]) -> None:
        _total, by_model = rows.delete()
        self._report.count(kind.count, removed=by_model.get(kind.model._meta.label, 0))
