from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.portal.versions import Versioned
from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.people.models import Group, Membership, Subject
from establishments.territory.models import SchoolYear
from pedagogy.courses.querysets import CourseQuerySet


class Course(Versioned, TenantModel):
    """A subject, followed by one group or several, in one school year.

    Who teaches it is not written here: whoever the directory says teaches the subject to one of its groups
    (`Teaching`), and whoever was added by hand (`CourseTeacher`). So a teacher who takes a class over has its course
    on that day, and the one before has it no more.
    """

    school_year = models.ForeignKey(
        SchoolYear, on_delete=models.PROTECT, related_name="+", verbose_name=_("année scolaire")
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", verbose_name=_("matière"))
    # Empty: it is called by its subject and its groups.
    name = models.CharField(_("nom"), max_length=120, blank=True)
    # The school's other teachers read it, and copy from it.
    is_shared = models.BooleanField(_("partagé avec les collègues"), default=False)

    objects = tenant_manager(CourseQuerySet)

    class Meta:
        verbose_name = _("cours")
        verbose_name_plural = _("cours")
        ordering = ["pk"]
        constraints = [TenantIsolation()]
        indexes = [models.Index(fields=["establishment", "school_year", "subject"], name="pedagogy_course_of_year")]

    def __str__(self) -> str:
        return self.name or str(self.subject)


class CourseGroup(TenantModel):
    """A class or group that follows a course."""

    course = TenantForeignKey(Course, on_delete=models.CASCADE, related_name="groups", verbose_name=_("cours"))
    group = TenantForeignKey(Group, on_delete=models.CASCADE, related_name="courses", verbose_name=_("groupe"))

    class Meta:
        verbose_name = _("groupe d’un cours")
        verbose_name_plural = _("groupes des cours")
        constraints = [
            TenantIsolation(),
            SameEstablishment("course"),
            SameEstablishment("group"),
            models.UniqueConstraint(fields=["establishment", "course", "group"], name="pedagogy_course_group_once"),
        ]

    def __str__(self) -> str:
        return f"{self.course} · {self.group}"


class CourseTeacher(TenantModel):
    """Somebody who teaches a course beside those of the directory: a co-teacher, a substitute."""

    course = TenantForeignKey(Course, on_delete=models.CASCADE, related_name="teachers", verbose_name=_("cours"))
    membership = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="courses", verbose_name=_("enseignant")
    )

    class Meta:
        verbose_name = _("enseignant d’un cours")
        verbose_name_plural = _("enseignants des cours")
        constraints = [
            TenantIsolation(),
            SameEstablishment("course"),
            SameEstablishment("membership"),
            models.UniqueConstraint(
                fields=["establishment", "course", "membership"], name="pedagogy_course_teacher_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.course}"
