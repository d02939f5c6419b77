from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count, Exists, F, Func, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Left, Length, NullIf, StrIndex, Upper
from django.utils import timezone

from ent.tenancy.managers import TenantQuerySet
from establishments.territory.models import PILOT_TEAM

if TYPE_CHECKING:
    from accounts.models import User


def in_school_order(name: str = "name") -> list[Any]:
    """For `order_by`, with the path to a class's name: 6e before 5e, before Tle; 2de 9 before 2de 10; others last."""
    year = StrIndex(Value("654321T"), Upper(Left(name, 1)))
    stem = Func(F(name), Value(r"\d+$"), Value(""), function="regexp_replace", output_field=TextField())
    return [NullIf(year, Value(0)).asc(nulls_last=True), stem, Length(name), F(name)]


class MembershipQuerySet(TenantQuerySet):
    def current(self, day: date | None = None) -> Self:
        """Begun, and not ended."""
        day = day or timezone.localdate()
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day)
        )

    def not_ended(self, day: date | None = None) -> Self:
        """Current, or to come."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day or timezone.localdate()))

    def open(self, day: date | None = None) -> Self:
        """Current, in a school that has opened, their door open, and not blocked: what a person may come in by."""
        day = day or timezone.localdate()
        tried_out = Q(establishment__state="piloting", role__in=sorted(PILOT_TEAM))
        opened = Q(establishment__state="open") | tried_out
        return self.current(day).filter(opened, Q(opens_on__isnull=True) | Q(opens_on__lte=day), is_blocked=False)

    def students(self) -> Self:
        return self.filter(role="student")

    def with_class(self) -> Self:
        """Annotate students with `class_name`, this year's."""
        from establishments.people.models import Group

        mine = Group.objects.classes().of_year().filter(students__membership=OuterRef("pk"))
        return self.annotate(class_name=Subquery(mine.order_by("pk").values("name")[:1]))

    def in_group(self, group: Any) -> Self:
        """Its students, but those whom the feed has ceased to give: they may come back, and are not there."""
        return self.filter(groups__group=group, missing_since=None)

    def by_name(self) -> Self:
        return self.select_related("user").order_by("user__sort_name", "pk")


class GuardianshipQuerySet(TenantQuerySet):
    def held_by(self, user: User) -> Self:
        """The children whose legal guardian the person is, while both are of the school."""
        from establishments.people.models import Membership

        current = Membership.objects.current()
        return self.filter(
            guardian__user=user, is_legal=True, student__in=current.values("pk"), guardian__in=current.values("pk")
        )


class GroupQuerySet(TenantQuerySet):
    def of_year(self, day: date | None = None) -> Self:
        """Those of the school year that the day is in, but for those that were ended before."""
        day = day or timezone.localdate()
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
            school_year__starts_on__lte=day,
            school_year__ends_on__gte=day,
        )

    def of_years_before(self, day: date | None = None) -> Self:
        """Those of school years that are over: they are read, and nothing is changed in them any more."""
        return self.filter(school_year__ends_on__lt=day or timezone.localdate())

    def from_feed(self) -> Self:
        """Those that the directory feed makes and changes."""
        return self.exclude(kind="project")

    def hand_made(self) -> Self:
        return self.filter(kind="project")

    def classes(self) -> Self:
        return self.filter(kind="class")

    def followed_by(self, students: Any) -> Self:
        """Those that these students (memberships' pk) are in."""
        from establishments.people.models import GroupMembership

        return self.filter(pk__in=GroupMembership.objects.filter(membership__in=students).values("group"))

    def visible_to(self, user: User) -> Self:
        """All those of a school where the person works; a student's own; a guardian's children's."""
        from establishments.people.models import Guardianship, Role
        from establishments.people.permissions import WORKING_IN
        from establishments.people.reach import reach_of

        reach = reach_of(user)
        seen = self.filter(establishment__in=reach.where(*WORKING_IN))
        if students := reach.memberships(Role.STUDENT):
            seen |= self.followed_by(students)
        if reach.memberships(Role.GUARDIAN):
            seen |= self.followed_by(Guardianship.objects.held_by(user).values("student"))
        return seen

    def taught_by(self, user: User) -> Self:
        return self.filter(pk__in=_taught(user))

    def with_form_teacher(self, user: User) -> Self:
        """Annotate with `is_own`: whether the person is its form teacher."""
        from establishments.people.models import FormTeacher

        own = FormTeacher.objects.filter(group=OuterRef("pk"), membership__in=_teaching_memberships(user))
        return self.annotate(is_own=Exists(own))

    def in_school_order(self) -> Self:
        """Classes first, from the youngest's to the oldest's."""
        return self.order_by("kind", *in_school_order(), "pk")

    def with_sizes(self) -> Self:
        there = Q(students__membership__missing_since=None)
        return self.annotate(size=Count("students", filter=there, distinct=True))


class TeachingQuerySet(TenantQuerySet):
    def of(self, teacher: User) -> Self:
        """What somebody teaches this year, in the order of the classes' names."""
        from establishments.people.models import Group

        return (
            self.filter(membership__in=_teaching_memberships(teacher), group__in=Group.objects.of_year().values("pk"))
            .select_related("group", "subject")
            .order_by(*in_school_order("group__name"), "subject__name", "pk")
        )


def _taught(user: User) -> Any:
    from establishments.people.models import Teaching

    return Teaching.objects.filter(membership__in=_teaching_memberships(user)).values("group")


def _teaching_memberships(user: User) -> list[int]:
    """The current ones: who has left, and is still a parent there, teaches nobody any more."""
    from establishments.people.models import Role
    from establishments.people.reach import reach_of

    return reach_of(user).memberships(Role.TEACHER)
