from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from ent.tenancy.managers import TenantQuerySet
from establishments.people.models import Group, GroupMembership, Guardianship, Membership, Role, Teaching
from establishments.people.reach import reach_of

if TYPE_CHECKING:
    from accounts.models import User
    from pedagogy.homework.models import Homework


class HomeworkQuerySet(TenantQuerySet):
    def visible_to(self, user: User) -> Self:
        """A student's own, a guardian's children's, a teacher's groups', a head's whole school's.

        What a student has handed in stays theirs in another class, and what a teacher has given stays theirs to assess.
        """
        reach = reach_of(user)
        reasons = Q(pk__in=[])
        if students := reach.memberships(Role.STUDENT):
            reasons |= Q(group__in=_groups_of(students)) | Q(pk__in=_handed_in_by(students))
        if reach.memberships(Role.GUARDIAN):
            children = Guardianship.objects.held_by(user).values("student")
            reasons |= Q(group__in=_groups_of(children)) | Q(pk__in=_handed_in_by(children))
        if teachers := reach.memberships(Role.TEACHER):
            reasons |= Q(group__in=Group.objects.taught_by(user).values("pk")) | Q(author__in=teachers)
        if heads := reach.where(Role.HEAD):
            reasons |= Q(establishment__in=heads)
        return self.filter(reasons)

    def for_students(self, students: Iterable[int]) -> Self:
        """Of the classes and groups that these students (memberships' pk) are in."""
        return self.filter(group__in=_groups_of(students))

    def had_by(self, students: Iterable[int], former: Iterable[int] = ()) -> Self:
        """These, and what they have handed in to a class that they are in no longer.

        `former` are memberships of theirs that have ended: of these, what was handed in and no more.
        """
        now = self.model.objects.filter(group__in=_groups_of(students)).values("pk")
        return self.filter(pk__in=now.union(_handed_in_by([*students, *former])))

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

    def with_teaching_of(self, user: User) -> Self:
        """Annotate with `is_taught`, whether the person teaches the group, and the days on which it ends."""
        own = Teaching.objects.filter(group=OuterRef("group"), membership__in=reach_of(user).memberships(Role.TEACHER))
        return self.annotate(
            is_taught=Exists(own), year_ends=F("group__school_year__ends_on"), group_ends=F("group__ends_on")
        )

    def with_file_counts(self) -> Self:
        from pedagogy.homework.models import HomeworkFile

        return self.annotate(has_files=Exists(HomeworkFile.objects.filter(homework=OuterRef("pk"))))

    def with_returns(self) -> Self:
        """Annotate with `handed_in`, `done` and `expected` numbers of students.

        Whoever has left the class or the school is not waited for; the copy that they handed in before counts.
        """
        from pedagogy.homework.models import Progress

        here = GroupMembership.objects.filter(
            group=OuterRef("homework__group"), membership=OuterRef("student"), membership__missing_since=None
        )
        gone = Progress.objects.filter(~Exists(here), homework=OuterRef("pk"))
        there = Q(group__students__membership__missing_since=None)
        return self.annotate(
            expected=Count("group__students", filter=there, distinct=True) + _number(gone, handed_in_at__isnull=False),
            handed_in=Count("progress", filter=Q(progress__handed_in_at__isnull=False), distinct=True),
            done=Count("progress", filter=Q(progress__done_at__isnull=False), distinct=True)
            - _number(gone, handed_in_at=None, done_at__isnull=False),
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
            own = reach.memberships(Role.TEACHER)
            reasons |= Q(homework__author__in=own, handed_in_at__isnull=False)
        if heads := reach.where(Role.HEAD):
            reasons |= Q(establishment__in=heads)
        return self.filter(reasons)


def students_with_progress(homework: Homework, *, only_copies: bool = False) -> Any:
    """The students who have this homework, by name, each with `progress_id`, `done_at`, `handed_in_at`, `has_left`.

    Whoever has handed something in stays on the list when they go to another class or school: their copy is to be
    assessed. For a teacher who has no more than that to do with the class, these copies only.
    """
    here = GroupMembership.objects.filter(
        membership=OuterRef("pk"), group=homework.group_id, membership__missing_since=None
    )
    students = Membership.objects.filter(establishment=homework.establishment_id).annotate(has_left=~Exists(here))
    handed_in = Q(progress__homework=homework, progress__handed_in_at__isnull=False)
    if only_copies:
        listed = students.filter(handed_in)
    else:
        copies = Membership.objects.filter(handed_in).values("pk")
        now = Membership.objects.in_group(homework.group_id).values("pk")
        listed = students.filter(pk__in=now.union(copies))
    return listed.annotate(
        theirs=FilteredRelation("progress", condition=Q(progress__homework=homework)),
        progress_id=F("theirs__pk"),
        done_at=F("theirs__done_at"),
        handed_in_at=F("theirs__handed_in_at"),
    ).by_name()


def has_ended(group: Group, today: date) -> bool:
    """Of a group that has its school year with it."""
    return bool(group.school_year.ends_on < today or (group.ends_on and group.ends_on < today))


def is_over(row: Any) -> bool:
    """Has the school year of this group ended, or the group before it? Of a group, or of homework."""
    if hasattr(row, "year_ends"):
        today = timezone.localdate()
        return bool(row.year_ends < today or (row.group_ends and row.group_ends < today))
    group = row.pk if isinstance(row, Group) else row.group_id
    return not Group.objects.of_year().filter(pk=group).exists()


def _number(rows: Any, **having: Any) -> Any:
    """How many of these rows, which are of one homework, as a part of the query that asks for it."""
    counted = rows.filter(**having).order_by().values("homework").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def _groups_of(students: object) -> object:
    return GroupMembership.objects.filter(membership__in=students).values("group")


def _handed_in_by(students: object) -> Any:
    from pedagogy.homework.models import Progress

    return Progress.objects.filter(student__in=students, handed_in_at__isnull=False).values("homework")
