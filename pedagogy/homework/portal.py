"""What the home pages say of homework."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ent.portal import registry
from ent.portal.api import FileView
from ent.portal.registry import Entry, Section
from ent.portal.requests import PortalRequest
from ent.portal.templatetags.portal import day as day_name
from establishments.people.models import GroupMembership, Membership, Role, Teaching
from establishments.people.reach import reach_of
from establishments.people.wards import children_of
from pedagogy.homework import views
from pedagogy.homework.api import HomeworkViewSet, ProgressViewSet
from pedagogy.homework.days import AHEAD, LATE_FOR, Workload, workload
from pedagogy.homework.evening import caption, headline, load_of
from pedagogy.homework.models import Homework, Progress
from pedagogy.homework.querysets import copies_waiting
from pedagogy.homework.rows import READ, Line, Row, lines_for_student
from pedagogy.timetable.calendar import Calendar, calendar_of


def _heads_somewhere(request: PortalRequest) -> bool:
    return bool(reach_of(request.user).where(Role.HEAD))


registry.entry(Entry(gettext_lazy("Devoirs"), "notebook-pen", "student-list", "eleve", 10))
registry.entry(Entry(gettext_lazy("Donner"), "circle-plus", "class-give", "classe", 10))
registry.entry(Entry(gettext_lazy("Années précédentes"), "archive", "class-years", "classe", 90, in_bar=False))
registry.entry(
    Entry(gettext_lazy("Devoirs"), "notebook-pen", "school-list", "etablissement", 20, shown=_heads_somewhere)
)

registry.api("homework", HomeworkViewSet, "homework")
registry.api("progress", ProgressViewSet, "progress")
registry.api_path(
    path("homework-files/<uuid:key>/", FileView.as_view(give=views.homework_file), name="api-homework-file")
)
registry.api_path(
    path("correction-files/<uuid:key>/", FileView.as_view(give=views.correction_file), name="api-correction-file")
)
registry.api_path(
    path("progress-files/<uuid:key>/", FileView.as_view(give=views.progress_file), name="api-progress-file")
)

AT_MOST = 6  # rows of what follows, then "Tous mes devoirs"


@registry.section(space="eleve", order=10)
def student_home(request: PortalRequest) -> Section:
    students = reach_of(request.user).memberships(Role.STUDENT)
    today = timezone.localdate()
    load = load_of(students, today, calendar_of(request.user).next_school_day(today))
    view = StudentHome(
        day_name(load.day),
        lines_for_student(load.late, today),
        lines_for_student(load.for_day, today),
        lines_for_student(load.later[:AT_MOST], today),
    )
    template = "pedagogy/homework/student_section.html"
    return Section(template, view=view, headline=headline(load), caption=caption(load))


class StudentHome(NamedTuple):
    day: str
    late: tuple[Line, ...]
    for_day: tuple[Line, ...]
    later: tuple[Line, ...]


@dataclass(frozen=True)
class Child:
    """What a guardian's home says of one child."""

    student: Membership
    groups: list[str]
    load: Workload


@registry.section(space="famille", order=10)
def family_home(request: PortalRequest) -> Section:
    """All the children on one page, whatever their schools, in as many queries for five as for one."""
    today = timezone.localdate()
    students = children_of(request.user)
    calendar = calendar_of(request.user)
    children = list(_children(students, today, calendar))
    left = sum(len(child.load.left) for child in children)
    when = day_name(calendar.next_school_day(today))
    if any(child.load.begins_today for child in children):
        headline = ngettext("D’ici %(day)s, %(count)d devoir à finir", "D’ici %(day)s, %(count)d devoirs à finir", left)
    elif left:
        headline = ngettext("Pour %(day)s, %(count)d devoir à finir", "Pour %(day)s, %(count)d devoirs à finir", left)
    else:
        headline = _("Pour %(day)s, rien à finir")
    names = [child.student.user.first_name for child in children]
    return Section(
        "pedagogy/homework/family_section.html",
        {"children": children},
        headline=headline % {"day": when, "count": left},
        caption=" · ".join([date_format(today, "l j F").capitalize(), *names]),
    )


def _children(students: list[Membership], today: date, calendar: Calendar) -> Any:
    pks = [student.pk for student in students]
    groups: dict[int, list[Any]] = defaultdict(list)
    for link in GroupMembership.objects.filter(membership__in=pks).select_related("group").order_by("group__kind"):
        groups[link.membership_id].append(link.group)
    homework = list(
        Homework.objects.of_groups_of(pks)
        .due_between(today - LATE_FOR, today + AHEAD)
        .select_related("subject")
        .order_by("due_on", "pk")[: READ * len(pks)]
    )
    progress = {
        (p.homework_id, p.student_id): p
        for p in Progress.objects.filter(student__in=pks, homework__in=[row.pk for row in homework])
    }
    for student in students:
        own = {group.pk for group in groups[student.pk]}
        theirs = [(given, progress.get((given.pk, student.pk))) for given in homework if given.group_id in own]
        asked = [(given, own) for given, own in theirs if not given.for_some or (own and own.is_named)]
        rows = sorted((Row.of(given, own) for given, own in asked), key=lambda row: (row.due_on, row.pk))
        day = calendar.next_school_day(today, [student.establishment_id])
        classes = [group.name for group in groups[student.pk] if group.kind == group.Kind.CLASS]
        yield Child(student, classes, workload(rows, today, day))


@registry.section(space="classe", order=10)
def teacher_home(request: PortalRequest) -> Section:
    """The teacher's classes, each with what is coming and one tap to give more."""
    today = timezone.localdate()
    teachings = list(Teaching.objects.of(request.user).select_related("establishment"))
    coming = (
        Homework.objects.filter(group__in={t.group_id for t in teachings}, author__user=request.user)
        .due_between(today)
        .with_returns()
        .for_lists()
        .order_by("due_on", "pk")[:AT_MOST]
    )
    waiting = copies_waiting(request.user, today)
    several = len({t.establishment_id for t in teachings}) > 1
    classes = len({t.group_id for t in teachings})
    return Section(
        "pedagogy/homework/teacher_section.html",
        {
            "teachings": teachings,
            "coming": list(coming),
            "waiting": waiting[:AT_MOST],
            "more_waiting": waiting[AT_MOST:],
            "to_correct": sum(row["to_correct"] for row in waiting),
            "several": several,
            "today": today,
        },
        headline=date_format(today, "l j F").capitalize(),
        caption=ngettext("%(count)d classe", "%(count)d classes", classes) % {"count": classes},
    )
