from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from ent.tenancy.managers import TenantQuerySet
from establishments.people.models import Group, GroupMembership, Guardianship, Role, Teaching
from establishments.people.querysets import in_school_order
from establishments.people.reach import reach_of
from pedagogy.courses.models import Course, CourseGroup

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User


class EntryQuerySet(TenantQuerySet):
    def published(self) -> Self:
        return self.filter(visible_at__lte=timezone.now())

    def visible_to(self, user: User) -> Self:
        """What is published: to students and guardians of their lessons, to teachers of the class, to the head.

        To whoever teaches the lesson, drafts too; and what one has written stays one's own to read.
        """
        reach = reach_of(user)
        seen, whole = Q(pk__in=[]), Q(pk__in=[])
        if students := reach.memberships(Role.STUDENT):
            seen |= followed_by(students)
        if reach.memberships(Role.GUARDIAN):
            seen |= followed_by(Guardianship.objects.held_by(user).values("student"))
        if teachers := reach.memberships(Role.TEACHER):
            seen |= _of_groups(Teaching.objects.filter(membership__in=teachers).values("group"))
            whole |= taught_by(user) | Q(author__in=teachers)
        if heads := reach.where(Role.HEAD):
            seen |= Q(establishment__in=heads)
        return self.filter(whole | seen & Q(visible_at__lte=timezone.now()))

    def written_by(self, user: User) -> Self:
        """Of the lessons that the person teaches, and what they have written."""
        return self.filter(taught_by(user) | Q(author__in=reach_of(user).memberships(Role.TEACHER)))

    def for_students(self, students: Any) -> Self:
        """What these students (memberships' pk) may read of their lessons."""
        return self.published().filter(followed_by(students))

    def of_class(self, group: Group) -> Self:
        """Of a class, with the groups that some of its students are in: all of what they had."""
        there = GroupMembership.objects.filter(group=group.pk).values("membership")
        theirs = GroupMembership.objects.filter(membership__in=there).values("group")
        return self.filter(_of_groups(theirs) | _of_groups([group.pk]))

    def between(self, first: date, last: date) -> Self:
        return self.filter(lesson__on__gte=first, lesson__on__lte=last)

    def up_to(self, on: date, starts_at: Any) -> Self:
        """Of lessons before that one, and its own."""
        return self.filter(Q(lesson__on__lt=on) | Q(lesson__on=on, lesson__starts_at__lte=starts_at))

    def oldest_first(self) -> Self:
        return self.order_by("lesson__on", "lesson__starts_at", "pk")

    def newest_first(self) -> Self:
        return self.order_by("-lesson__on", "-lesson__starts_at", "-pk")

    def for_pages(self) -> Self:
        """With all that a page shows of it, in the same query: see `Shown`."""
        from pedagogy.lessons.models import Correction, LessonFile

        file = JSONObject(key="key", name="name", content_type="content_type", size="size")
        own = LessonFile.objects.filter(entry=OuterRef("pk"), correction=None).order_by("pk")
        added = LessonFile.objects.filter(correction=OuterRef("pk")).order_by("pk")
        corrections = Correction.objects.filter(entry=OuterRef("pk")).order_by("at", "pk")
        groups = CourseGroup.objects.filter(course=OuterRef("course")).order_by(*in_school_order("group__name"))
        return self.select_related("course__subject", "lesson__group", "author__user").annotate(
            file_rows=ArraySubquery(own.values(row=file)),
            correction_rows=ArraySubquery(
                corrections.annotate(file_rows=ArraySubquery(added.values(row=file))).values(
                    row=JSONObject(
                        text="text",
                        at="at",
                        civility="author__user__civility",
                        first_name="author__user__first_name",
                        last_name="author__user__last_name",
                        files="file_rows",
                    )
                )
            ),
            group_rows=ArraySubquery(groups.values(row=JSONObject(pk="group_id", name="group__name"))),
        )


def lessons_for(rows: Any, user: User) -> Any:
    """Lessons or slots, each with its course, its groups, whether the person teaches it, and for lessons their note."""
    from pedagogy.lessons.models import PrivateNote
    from pedagogy.timetable.models import Lesson

    teachers = reach_of(user).memberships(Role.TEACHER)
    groups = CourseGroup.objects.filter(course=OuterRef("course")).order_by(*in_school_order("group__name"))
    taught = Exists(Course.objects.taught_by(user).filter(pk=OuterRef("course")))
    rows = rows.select_related("course__subject", "course__school_year", "group").annotate(
        is_taught=taught if teachers else Value(False),
        group_rows=ArraySubquery(groups.values(row=JSONObject(pk="group_id", name="group__name"))),
    )
    if rows.model is not Lesson:
        return rows
    notes = PrivateNote.objects.filter(lesson=OuterRef("pk"), teacher__in=teachers).values("text")
    return rows.annotate(note=Coalesce(Subquery(notes[:1]), Value(""), output_field=TextField()))


def taught_by(user: User) -> Q:
    """Of entries: their course is taught by the person, or the lesson was given to them."""
    return Q(course__in=Course.objects.taught_by(user).values("pk")) | Q(
        lesson__teacher__in=reach_of(user).memberships(Role.TEACHER)
    )


def followed_by(students: Any) -> Q:
    return _of_groups(GroupMembership.objects.filter(membership__in=students).values("group"))


def _of_groups(groups: Any) -> Q:
    """Of entries: the whole course's, or a half group's alone."""
    courses = CourseGroup.objects.filter(group__in=groups).values("course")
    return Q(course__in=courses) & (Q(lesson__group=None) | Q(lesson__group__in=groups))
