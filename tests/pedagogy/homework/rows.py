"""Rows of homework beyond the cast's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from ent.tenancy.scope import tenant_scope
from establishments.models import Group, Membership, Teaching
from pedagogy.models import Homework, Progress
from tests.cast import School


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def make_homework(school: School, title: str = "Lire le chapitre 4", **fields: Any) -> Homework:
    """Given to the school's class by its teacher, for tomorrow."""
    usual = {
        "group": school.group,
        "subject": school.subject,
        "author": school.memberships["teacher"],
        "due_on": in_days(1),
    }
    with tenant_scope([school.establishment]):
        return Homework.objects.create(establishment=school.establishment, title=title, **{**usual, **fields})


def make_class(school: School, name: str, teacher: Membership) -> Group:
    """Another class, this year's, in which that teacher teaches."""
    with tenant_scope([school.establishment]):
        group = Group.objects.create(
            establishment=school.establishment, school_year=school.group.school_year, name=name
        )
        Teaching.objects.create(
            establishment=school.establishment, group=group, membership=teacher, subject=school.subject
        )
    return group


def teaching_of(school: School) -> Teaching:
    """What the school's teacher teaches to its class."""
    with tenant_scope([school.establishment]):
        return Teaching.objects.get(group=school.group)


def progress_of(homework: Homework, student: Membership) -> Progress | None:
    with tenant_scope([homework.establishment_id]):
        return Progress.objects.filter(homework=homework, student=student).first()


def titles(school: School) -> set[str]:
    """What is given in that school."""
    with tenant_scope([school.establishment]):
        return set(Homework.objects.values_list("title", flat=True))
