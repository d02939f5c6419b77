from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Exists, OuterRef, Q

from ent.tenancy.managers import TenantQuerySet
from establishments.people.models import GroupMembership, Guardianship, Role, Teaching
from establishments.people.reach import reach_of

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User


class CourseQuerySet(TenantQuerySet):
    def of_year(self, day: date) -> Self:
        return self.filter(school_year__starts_on__lte=day, school_year__ends_on__gte=day)

    def taught_by(self, user: User) -> Self:
        """By the directory, or added by hand; nobody who has left teaches any more."""
        return self.filter(_taught_by(reach_of(user).memberships(Role.TEACHER)))

    def followed_by(self, students: Any) -> Self:
        """Of the groups that these students (memberships' pk) are in."""
        from pedagogy.courses.models import CourseGroup

        groups = GroupMembership.objects.filter(membership__in=students).values("group")
        return self.filter(Exists(CourseGroup.objects.filter(course=OuterRef("pk"), group__in=groups)))

    def visible_to(self, user: User) -> Self:
        """A student's own, a guardian's children's, a teacher's own, a head's whole school's."""
        reach = reach_of(user)
        reasons = Q(pk__in=[])
        if teachers := reach.memberships(Role.TEACHER):
            reasons |= Q(_taught_by(teachers))
        if heads := reach.where(Role.HEAD):
            reasons |= Q(establishment__in=heads)
        seen = self.filter(reasons)
        if students := reach.memberships(Role.STUDENT):
            seen |= self.followed_by(students)
        if reach.memberships(Role.GUARDIAN):
            seen |= self.followed_by(Guardianship.objects.held_by(user).values("student"))
        return seen


def _taught_by(teachers: list[int]) -> Q:
    from pedagogy.courses.models import CourseTeacher

    directory = Teaching.objects.filter(
        subject=OuterRef("subject"), group__courses__course=OuterRef("pk"), membership__in=teachers
    )
    by_hand = CourseTeacher.objects.filter(course=OuterRef("pk"), membership__in=teachers)
    return Q(Exists(directory)) | Q(Exists(by_hand))
