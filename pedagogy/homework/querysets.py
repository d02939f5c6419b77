from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q

from ent.tenancy.managers import TenantQuerySet
from establishments.people.models import Group, GroupMembership, Guardianship, Membership, Role
from establishments.people.reach import reach_of

if TYPE_CHECKING:
    from accounts.models import User
    from pedagogy.homework.models import Homework


class HomeworkQuerySet(TenantQuerySet):
    def visible_to(self, user: User) -> Self:
        """A student's own, a guardian's children's, a teacher's groups', a head's whole school's."""
        reach = reach_of(user)
        reasons = Q(pk__in=[])
        if students := reach.memberships(Role.STUDENT):
            reasons |= Q(group__in=_groups_of(students))
        if reach.memberships(Role.GUARDIAN):
            reasons |= Q(group__in=_groups_of(Guardianship.objects.held_by(user).values("student")))
        if reach.memberships(Role.TEACHER):
            reasons |= Q(group__in=Group.objects.taught_by(user).values("pk"))
        if heads := reach.where(Role.HEAD):
            reasons |= Q(establishment__in=heads)
        return self.filter(reasons)

    def for_students(self, students: Iterable[int]) -> Self:
        """Of the classes and groups that these students (memberships' pk) are in."""
        return self.filter(group__in=_groups_of(students))

    def due_between(self, first: date, last: date | None = None) -> Self:
        """Due from the first day on, to the last one when there is one, both included."""
        due = self.filter(due_on__gte=first)
        return due.filter(due_on__lte=last) if last else due

    def with_progress_of(self, students: Iterable[int]) -> Self:
        """Annotate with `progress_id`, `done_at`, `handed_in_at` and `handed_in_text` of one person.

        The person is given by their memberships' pk, one a school.
        """
        return self.annotate(
            mine=FilteredRelation("progress", condition=Q(progress__student__in=students)),
            progress_id=F("mine__pk"),
            done_at=F("mine__done_at"),
            handed_in_at=F("mine__handed_in_at"),
            handed_in_text=F("mine__text"),
        )

    def still_asked(self, today: date, since: date) -> Self:
        """After `with_progress_of`: due from today on, or since that day and not done."""
        undone = Q(done_at__isnull=True, handed_in_at__isnull=True)
        return self.filter(Q(due_on__gte=today) | Q(due_on__gte=since) & undone)

    def with_file_counts(self) -> Self:
        from pedagogy.homework.models import HomeworkFile

        return self.annotate(has_files=Exists(HomeworkFile.objects.filter(homework=OuterRef("pk"))))

    def with_returns(self) -> Self:
        """Annotate with `handed_in`, `done` and `expected` numbers of students."""
        return self.annotate(
            expected=Count("group__students", distinct=True),
            handed_in=Count("progress", filter=Q(progress__handed_in_at__isnull=False), distinct=True),
            done=Count("progress", filter=Q(progress__done_at__isnull=False), distinct=True),
        )

    def for_lists(self) -> Self:
        """With what a row of a list shows, in the same query."""
        return self.select_related("subject", "group", "author__user")


class ProgressQuerySet(TenantQuerySet):
    def visible_to(self, user: User) -> Self:
        """The student's own, the children's of a guardian, a teacher's groups', a head's school's."""
        reach = reach_of(user)
        reasons = Q(student__in=reach.memberships(Role.STUDENT))
        if reach.memberships(Role.GUARDIAN):
            reasons |= Q(student__in=Guardianship.objects.held_by(user).values("student"))
        if reach.memberships(Role.TEACHER):
            taught = Group.objects.taught_by(user).values("pk")
            reasons |= Q(homework__group__in=taught)
        if heads := reach.where(Role.HEAD):
            reasons |= Q(establishment__in=heads)
        return self.filter(reasons)


def students_with_progress(homework: Homework) -> Any:
    """The students who have this homework, by name, each with `progress_id`, `done_at` and `handed_in_at`."""
    return (
        Membership.objects.in_group(homework.group_id)
        .annotate(
            theirs=FilteredRelation("progress", condition=Q(progress__homework=homework)),
            progress_id=F("theirs__pk"),
            done_at=F("theirs__done_at"),
            handed_in_at=F("theirs__handed_in_at"),
        )
        .by_name()
    )


def _groups_of(students: object) -> object:
    return GroupMembership.objects.filter(membership__in=students).values("group")
