from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Case, Count, Exists, F, FilteredRelation, OuterRef, Q, Subquery, When
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

        What a student has handed in stays theirs in another class, and when it is withdrawn; what a teacher has given
        stays theirs to assess. What is planned is its author's alone.
        """
        reach = reach_of(user)
        reasons = Q(pk__in=[])
        given = Q(published_at__lte=timezone.now())
        if students := reach.memberships(Role.STUDENT):
            reasons |= _asked_of(students) | Q(pk__in=_handed_in_by(students))
        if reach.memberships(Role.GUARDIAN):
            children = Guardianship.objects.held_by(user).values("student")
            reasons |= _asked_of(children) | Q(pk__in=_handed_in_by(children))
        if teachers := reach.memberships(Role.TEACHER):
            reasons |= given & Q(group__in=Group.objects.taught_by(user).values("pk")) | Q(author__in=teachers)
        if heads := reach.where(Role.HEAD):
            reasons |= given & Q(establishment__in=heads)
        return self.filter(reasons)

    def known_to(self, user: User) -> Self:
        """All but what others have planned."""
        own = Q(author__in=reach_of(user).memberships(Role.TEACHER))
        return self.filter(Q(published_at__lte=timezone.now()) | own)

    def for_students(self, students: Iterable[int]) -> Self:
        """What these students (memberships' pk) have to do: given, not withdrawn, and for them when it is for some."""
        return self.filter(_asked_of(students))

    def of_groups_of(self, students: Iterable[int], now: datetime | None = None) -> Self:
        """Given to the classes and groups that these students are in, and not withdrawn.

        Whether it is for them, when it is for some only, is left to `with_progress_of`, or to the caller.
        """
        given = self.filter(published_at__lte=now or timezone.now(), withdrawn_at=None)
        return given.filter(group__in=_groups_of(students))

    def had_by(self, students: Iterable[int], former: Iterable[int] = (), now: datetime | None = None) -> Self:
        """These, and what they have handed in to a class that they are in no longer, or that was withdrawn.

        `former` are memberships of theirs that have ended: of these, what was handed in and no more.
        """
        given = self.model.objects.of_groups_of(students, now).values("pk")
        return self.filter(pk__in=given.union(_handed_in_by([*students, *former])))

    def due_between(self, first: date, last: date | None = None) -> Self:
        """Due from the first day on, to the last one when there is one, both included."""
        due = self.filter(due_on__gte=first)
        return due.filter(due_on__lte=last) if last else due

    def with_progress_of(self, students: Iterable[int]) -> Self:
        """What one person is asked, with `progress_id`, `done_at`, `handed_in_at`, `handed_in_text`, `own_due_on`, …

        The person is given by their memberships' pk, one a school. Homework for some is there when it names them.
        """
        joined = self.annotate(mine=FilteredRelation("progress", condition=Q(progress__student__in=students)))
        return joined.filter(Q(for_some=False) | Q(mine__is_named=True)).annotate(
            progress_id=F("mine__pk"),
            done_at=F("mine__done_at"),
            handed_in_at=F("mine__handed_in_at"),
            handed_in_text=F("mine__text"),
            own_due_on=F("mine__due_on"),
            returned_at=F("mine__returned_at"),
        )

    def still_asked(self, today: date, since: date) -> Self:
        """After `with_progress_of`: due from today on, or since that day and not done."""
        undone = Q(done_at__isnull=True, handed_in_at__isnull=True)
        to_come = Q(due_on__gte=today) | Q(own_due_on__gte=today)
        return self.filter(to_come | undone, due_on__gte=since)

    def by_own_day(self, *, last_first: bool = False) -> Self:
        """After `with_progress_of`: in the order of the days that are the person's."""
        day = Coalesce("own_due_on", "due_on")
        return self.order_by(day.desc(), "-pk") if last_first else self.order_by(day, "pk")

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
        """Annotate with `handed_in`, `done`, `expected`, `to_correct` and `to_return` numbers of students.

        Whoever has left the class or the school is not waited for; the copy that they handed in before counts.
        """
        from pedagogy.homework.models import Progress

        here = GroupMembership.objects.filter(
            group=OuterRef("homework__group"), membership=OuterRef("student"), membership__missing_since=None
        )
        gone = Progress.objects.filter(~Exists(here), homework=OuterRef("pk"))
        # Counted apart: joined, each student would be met with each copy.
        there = GroupMembership.objects.filter(group=OuterRef("group"), membership__missing_since=None)
        named = Count("progress", filter=Q(progress__is_named=True), distinct=True)
        named_and_gone = _number(gone, is_named=True, handed_in_at=None)
        all_there = _number(there, of="group")
        copy = Q(progress__handed_in_at__isnull=False, progress__returned_at=None)
        return self.annotate(
            expected=Case(
                When(for_some=True, then=named - named_and_gone),
                default=all_there + _number(gone, handed_in_at__isnull=False),
            ),
            to_correct=Count("progress", filter=copy & Q(progress__corrected_at=None), distinct=True),
            to_return=Count("progress", filter=copy & Q(progress__corrected_at__isnull=False), distinct=True),
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

    def with_teaching_of(self, user: User) -> Self:
        """Annotate with `is_taught`, whether the person teaches the group, and the `draft` of their correction."""
        from pedagogy.homework.models import Draft

        teachers = reach_of(user).memberships(Role.TEACHER)
        own = Teaching.objects.filter(group=OuterRef("homework__group"), membership__in=teachers)
        draft = Draft.objects.filter(progress=OuterRef("pk"), membership__in=teachers)
        return self.annotate(
            is_taught=Exists(own),
            draft=Subquery(draft.values("content")[:1]),
            year_ends=F("homework__group__school_year__ends_on"),
            group_ends=F("homework__group__ends_on"),
        )

    def copies(self, state: str = "") -> Self:
        """What was handed in, by the students' names; only `TO_CORRECT` or `CORRECTED` when it is said."""
        copies = self.filter(handed_in_at__isnull=False).order_by("student__user__sort_name", "pk")
        return copies.filter(corrected_at__isnull=state == TO_CORRECT) if state in {TO_CORRECT, CORRECTED} else copies


# Which copies a page shows, as `?voir=` says it; else all of them.
TO_CORRECT, CORRECTED, MISSING = "a-corriger", "corrigees", "non-rendu"


class DraftQuerySet(TenantQuerySet):
    def of(self, user: User, *roles: Role) -> Self:
        return self.filter(membership__in=[pk for role in roles for pk in reach_of(user).memberships(role)])


def students_with_progress(homework: Homework, *, only_copies: bool = False, everybody: bool = False) -> Any:
    """The students who have this homework, by name, each with `progress_id`, `done_at`, `handed_in_at`, `has_left`, …

    Whoever has handed something in stays on the list when they go to another class or school: their copy is to be
    assessed. For a teacher who has no more than that to do with the class, these copies only. With `everybody`, also
    those of the group whom homework for some does not name.
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
        if homework.for_some and not everybody:
            now = now.filter(progress__homework=homework, progress__is_named=True)
        listed = students.filter(pk__in=now.union(copies))
    return listed.annotate(
        theirs=FilteredRelation("progress", condition=Q(progress__homework=homework)),
        progress_id=F("theirs__pk"),
        done_at=F("theirs__done_at"),
        handed_in_at=F("theirs__handed_in_at"),
        own_due_on=F("theirs__due_on"),
        is_named=F("theirs__is_named"),
        corrected_at=F("theirs__corrected_at"),
        returned_at=F("theirs__returned_at"),
        mark=F("theirs__mark"),
        level=F("theirs__level"),
    ).by_name()


WAITS_FOR = timedelta(days=60)  # then nobody means to correct it here any more


def copies_waiting(user: User, today: date) -> list[dict[str, Any]]:
    """The homework that somebody gave and whose copies are to correct, or to hand back; the oldest first."""
    from pedagogy.homework.models import Progress

    rows = Progress.objects.filter(
        homework__author__in=reach_of(user).memberships(Role.TEACHER),
        homework__due_on__gte=today - WAITS_FOR,
        handed_in_at__isnull=False,
        returned_at=None,
    )
    return list(
        rows.values("homework", "homework__title", "homework__group", "homework__group__name", "homework__due_on")
        .annotate(to_correct=Count("pk", filter=Q(corrected_at=None)), copies=Count("pk"))
        .order_by("homework__due_on", "homework")[:MOST_WAITING]
    )


MOST_WAITING = 30


def of_state(students: Any, state: str) -> Any:
    """After `students_with_progress`: those whose copy is to correct, is corrected, or is missing; else all."""
    if state == TO_CORRECT:
        return students.filter(handed_in_at__isnull=False, corrected_at=None)
    if state == CORRECTED:
        return students.filter(handed_in_at__isnull=False, corrected_at__isnull=False)
    return students.filter(handed_in_at=None) if state == MISSING else students


def has_ended(group: Group, today: date) -> bool:
    """Of a group that has its school year with it."""
    return bool(group.school_year.ends_on < today or (group.ends_on and group.ends_on < today))


def is_over(row: Any) -> bool:
    """Has the school year of this group ended, or the group before it? Of a group, of homework, of a copy."""
    if hasattr(row, "year_ends"):
        today = timezone.localdate()
        return bool(row.year_ends < today or (row.group_ends and row.group_ends < today))
    group = row.pk if isinstance(row, Group) else row.group_id
    return not Group.objects.of_year().filter(pk=group).exists()


def _number(rows: Any, of: str = "homework", **having: Any) -> Any:
    """How many of these rows, which are of one homework or group, as a part of the query that asks for it."""
    counted = rows.filter(**having).order_by().values(of).annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def _groups_of(students: object) -> object:
    return GroupMembership.objects.filter(membership__in=students).values("group")


def _asked_of(students: Any) -> Q:
    """Given to one of their groups, not withdrawn, and when it is for some, for them."""
    from pedagogy.homework.models import Progress

    named = Progress.objects.filter(homework=OuterRef("pk"), student__in=students, is_named=True)
    given = Q(published_at__lte=timezone.now(), withdrawn_at=None, group__in=_groups_of(students))
    return given & (Q(for_some=False) | Q(Exists(named)))


def _handed_in_by(students: object) -> Any:
    from pedagogy.homework.models import Progress

    return Progress.objects.filter(student__in=students, handed_in_at__isnull=False).values("homework")
