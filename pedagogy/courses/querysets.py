from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.db.models.functions import JSONObject

from ent.tenancy.managers import TenantQuerySet
from establishments.people.models import GroupMembership, Guardianship, Membership, Role, Teaching
from establishments.people.querysets import in_school_order
from establishments.people.reach import reach_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from accounts.models import User

NO = Value(False)


class CourseQuerySet(TenantQuerySet):
    def of_year(self, day: date) -> Self:
        return self.filter(school_year__starts_on__lte=day, school_year__ends_on__gte=day)

    def of_years_before(self, day: date) -> Self:
        return self.filter(school_year__ends_on__lt=day)

    def taught_by(self, user: User) -> Self:
        """By the directory, or added by hand; nobody who has left teaches any more."""
        return self.filter(_taught_by(reach_of(user).memberships(Role.TEACHER)))

    def followed_by(self, students: Any) -> Self:
        """Of the groups that these students (memberships' pk) are in."""
        return self.filter(_followed_by(students))

    def shared_with(self, user: User) -> Self:
        """What other teachers of one's schools let their colleagues read and copy."""
        teachers = reach_of(user).memberships(Role.TEACHER)
        shared = self.filter(is_shared=True, establishment__in=reach_of(user).where(Role.TEACHER))
        return shared.exclude(_taught_by(teachers))

    def visible_to(self, user: User) -> Self:
        """A student's own, a guardian's children's, a teacher's own and those shared, a head's whole school's."""
        reach = reach_of(user)
        reasons = Q(pk__in=[])
        if teachers := reach.memberships(Role.TEACHER):
            reasons |= Q(_taught_by(teachers)) | Q(is_shared=True, establishment__in=reach.where(Role.TEACHER))
        if heads := reach.where(Role.HEAD):
            reasons |= Q(establishment__in=heads)
        if students := reach.memberships(Role.STUDENT):
            reasons |= Q(_followed_by(students))
        if reach.memberships(Role.GUARDIAN):
            reasons |= Q(_followed_by(Guardianship.objects.held_by(user).values("student")))
        return self.filter(reasons)

    def with_reasons(self, user: User) -> Self:
        """Annotate with why the person may open it: `is_taught`, `is_followed`, `is_guarded`."""
        reach = reach_of(user)
        teachers, students = reach.memberships(Role.TEACHER), reach.memberships(Role.STUDENT)
        children = Guardianship.objects.held_by(user).values("student")
        taught = ExpressionWrapper(_taught_by(teachers), output_field=BooleanField())
        return self.annotate(
            is_taught=taught if teachers else NO,
            is_followed=_followed_by(students) if students else NO,
            is_guarded=_followed_by(children) if reach.memberships(Role.GUARDIAN) else NO,
        )

    def for_pages(self) -> Self:
        """With its subject and year, and `group_rows` and `teacher_rows`: who follows it and who teaches it."""
        from pedagogy.courses.models import CourseGroup

        groups = CourseGroup.objects.filter(course=OuterRef("pk")).order_by(*in_school_order("group__name"))
        teachers = Membership.objects.current().filter(_teaches(OuterRef("subject"), OuterRef("pk")))
        return self.select_related("subject", "school_year", "establishment").annotate(
            group_rows=ArraySubquery(
                groups.values(row=JSONObject(pk="group_id", name="group__name", kind="group__kind"))
            ),
            teacher_rows=ArraySubquery(
                teachers.order_by("user__sort_name", "pk").values(
                    row=JSONObject(
                        pk="pk",
                        user="user_id",
                        civility="user__civility",
                        first_name="user__first_name",
                        last_name="user__last_name",
                    )
                )
            ),
        )

    def with_folders(self) -> Self:
        """Annotate with `folder_rows`: all its folders, in their order."""
        from pedagogy.courses.models import Folder

        folders = Folder.objects.filter(course=OuterRef("pk")).order_by("position", "pk")
        row = JSONObject(pk="pk", parent="parent_id", name="name", opens_on="opens_on")
        return self.annotate(folder_rows=ArraySubquery(folders.values(row=row)))

    def by_name(self) -> Self:
        return self.order_by("subject__name", "name", "pk")


class ShelvedQuerySet(TenantQuerySet):
    """Of folders and resources, which both may be hidden from students until a day."""

    #: From the row to the folder that it is in, and on to the outermost.
    outwards: tuple[str, ...] = ()

    def open_on(self, day: date) -> Self:
        """Those that students may see that day: neither they nor a folder that they are in is hidden until later."""
        return self.filter(self._is_open(day))

    def _is_open(self, day: date) -> Q:
        condition = Q()
        for path in ("", *self.outwards):
            condition &= Q(**{f"{path}opens_on__isnull": True}) | Q(**{f"{path}opens_on__lte": day})
        return condition

    def visible_to(self, user: User, day: date) -> Self:
        """Of the courses that the person reads; for students and families, what is open.

        The courses are read first: they are few, and a plan of all these conditions at once can go wrong by minutes.
        """
        from pedagogy.courses.models import Course

        reach = reach_of(user)
        working = Q(pk__in=[])
        if teachers := reach.memberships(Role.TEACHER):
            working |= Q(_taught_by(teachers)) | Q(is_shared=True, establishment__in=reach.where(Role.TEACHER))
        if heads := reach.where(Role.HEAD):
            working |= Q(establishment__in=heads)
        reasons = Q(course__in=list(Course.objects.filter(working).order_by().values_list("pk", flat=True)))
        if reach.where(Role.STUDENT, Role.GUARDIAN):
            followed = list(Course.objects.visible_to(user).order_by().values_list("pk", flat=True))
            reasons |= Q(course__in=followed) & self._is_open(day)
        return self.filter(reasons)


class FolderQuerySet(ShelvedQuerySet):
    outwards = ("parent__", "parent__parent__")


class ResourceQuerySet(ShelvedQuerySet):
    outwards = ("folder__", "folder__parent__", "folder__parent__parent__")

    def with_file(self) -> Self:
        """Annotate with its file's `file_key`, `file_name` and `file_size`, for those that have one."""
        return self.annotate(file_key=F("files__key"), file_name=F("files__name"), file_size=F("files__size"))


def _teaches(subject: Any, course: Any) -> Q:
    """Of memberships: those that teach the course, by the directory or added by hand."""
    from pedagogy.courses.models import CourseTeacher

    directory = Teaching.objects.filter(subject=OuterRef(subject), group__courses__course=OuterRef(course))
    by_hand = CourseTeacher.objects.filter(course=OuterRef(course))
    return Q(role=Role.TEACHER) & (Q(pk__in=directory.values("membership")) | Q(pk__in=by_hand.values("membership")))


def _taught_by(teachers: Iterable[int]) -> Q:
    from pedagogy.courses.models import CourseTeacher

    directory = Teaching.objects.filter(
        subject=OuterRef("subject"), group__courses__course=OuterRef("pk"), membership__in=teachers
    )
    by_hand = CourseTeacher.objects.filter(course=OuterRef("pk"), membership__in=teachers)
    return Q(Exists(directory)) | Q(Exists(by_hand))


def _followed_by(students: Any) -> Exists:
    from pedagogy.courses.models import CourseGroup

    groups = GroupMembership.objects.filter(membership__in=students).values("group")
    return Exists(CourseGroup.objects.filter(course=OuterRef("pk"), group__in=groups))
