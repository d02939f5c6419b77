"""Courses are made of what the directory says is taught."""

from __future__ import annotations

import pytest
from django.utils import timezone

from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Group, SchoolYear, Subject, Teaching
from pedagogy.courses.actions import make_courses
from pedagogy.models import Course, CourseGroup
from tests.cast import Cast
from tests.establishments.directory.feeds import WrittenExport, school

pytestmark = pytest.mark.django_db


def test_import_makes_a_course_of_each_subject_taught_to_a_class_once(family: WrittenExport) -> None:
    family.imported()
    family.imported()
    with tenant_scope([school("0120101V"), school("0120937D")]):
        taught = set(Teaching.objects.values_list("group__name", "subject"))
        courses = list(CourseGroup.objects.values_list("group__name", "course__subject"))
    assert sorted(courses) == sorted(taught) != []


def test_course_that_was_edited_to_gather_two_groups_stays_the_course_of_both(cast: Cast) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        other = Group.objects.create(
            establishment=pastel.establishment, school_year=SchoolYear.containing(timezone.localdate()), name="5E C"
        )
        Teaching.objects.create(
            establishment=pastel.establishment,
            group=other,
            membership=pastel.memberships["teacher"],
            subject=pastel.subject,
        )
        CourseGroup.objects.create(establishment=pastel.establishment, course=pastel.course, group=other)
        make_courses(pastel.establishment.pk)
        assert Course.objects.count() == 1


def test_teacher_of_the_directory_has_the_course_and_loses_it_with_the_class(cast: Cast) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        physics = Subject.objects.create(code="063000", name="Physique-chimie")
        taught = Teaching.objects.create(
            establishment=pastel.establishment,
            group=pastel.group,
            membership=pastel.memberships["colleague"],
            subject=physics,
        )
        make_courses(pastel.establishment.pk)
    with person_scope(pastel.colleague):
        assert [course.subject for course in Course.objects.taught_by(pastel.colleague)] == [physics]
        taught.delete()
        assert not Course.objects.taught_by(pastel.colleague).exists()


def test_student_and_guardian_see_the_courses_of_the_class_and_the_neighbour_none(cast: Cast) -> None:
    for person in (cast.pastel.student, cast.pastel.guardian, cast.pastel.teacher, cast.pastel.head):
        with person_scope(person):
            assert list(Course.objects.visible_to(person)) == [cast.pastel.course]
    with person_scope(cast.pastel.staff):
        assert not Course.objects.visible_to(cast.pastel.staff).exists()
    with person_scope(cast.outsider):
        assert not Course.objects.visible_to(cast.outsider).exists()
