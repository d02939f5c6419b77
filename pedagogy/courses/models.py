from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.portal.versions import Versioned
from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel, cascade_first
from establishments.files.models import AttachedFile
from establishments.people.models import Group, Membership, Subject
from establishments.territory.models import SchoolYear
from pedagogy.courses.querysets import CourseQuerySet, FolderQuerySet, ResourceQuerySet


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

    @property
    def title(self) -> str:
        """“Mathématiques, 5e B”: how those who have several call it. Of a course that was read `for_pages`."""
        names = [row["name"] for row in self.group_rows]
        return ", ".join([str(self), *names[:3]]) + ("…" if len(names) > 3 else "")


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


class Folder(Versioned, TenantModel):
    """Resources that belong together; folders nest, three deep at most."""

    course = TenantForeignKey(Course, on_delete=models.CASCADE, related_name="folders", verbose_name=_("cours"))
    parent = TenantForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="folders", verbose_name=_("dans")
    )
    name = models.CharField(_("nom"), max_length=120)
    position = models.PositiveSmallIntegerField(_("rang"), default=0)
    # Students and families see it, and what is in it, from that day on; the teachers always do.
    opens_on = models.DateField(_("visible à partir du"), null=True, blank=True)

    objects = tenant_manager(FolderQuerySet)

    class Meta:
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        ordering = ["position", "pk"]
        constraints = [TenantIsolation(), SameEstablishment("course"), SameEstablishment("parent")]

    def __str__(self) -> str:
        return self.name


class Resource(Versioned, TenantModel):
    """Something to read, to watch or to take away, that a teacher gives with a course."""

    class Kind(models.TextChoices):
        FILE = "file", _("fichier")
        LINK = "link", _("lien")
        PAGE = "page", _("page")

    course = TenantForeignKey(Course, on_delete=models.CASCADE, related_name="resources", verbose_name=_("cours"))
    folder = TenantForeignKey(
        Folder, on_delete=cascade_first, null=True, blank=True, related_name="resources", verbose_name=_("dossier")
    )
    kind = models.CharField(_("genre"), max_length=4, choices=Kind)
    title = models.CharField(_("titre"), max_length=160)
    url = models.CharField(_("adresse"), max_length=1000, blank=True, validators=[URLValidator(["http", "https"])])
    body = models.TextField(_("texte"), blank=True)  # HTML, as `ent.portal.prose.clean` leaves it
    position = models.PositiveSmallIntegerField(_("rang"), default=0)
    opens_on = models.DateField(_("visible à partir du"), null=True, blank=True)
    changed_at = models.DateTimeField(_("modifié le"), auto_now=True)

    objects = tenant_manager(ResourceQuerySet)

    class Meta:
        verbose_name = _("ressource")
        verbose_name_plural = _("ressources")
        ordering = ["position", "pk"]
        constraints = [
            TenantIsolation(),
            SameEstablishment("course"),
            SameEstablishment("folder"),
            models.CheckConstraint(
                condition=models.Q(kind="link", body="") & ~models.Q(url="")
                | models.Q(kind="page", url="")
                | models.Q(kind="file", url="", body=""),
                name="pedagogy_resource_of_its_kind",
                violation_error_message=_("Un lien a une adresse, une page un texte, un fichier ni l’un ni l’autre."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ResourceFile(AttachedFile):
    """The file of a resource that is one."""

    resource = TenantForeignKey(Resource, on_delete=models.CASCADE, related_name="files")

    class Meta(AttachedFile.Meta):
        verbose_name = _("fichier d’une ressource")
        verbose_name_plural = _("fichiers des ressources")
        constraints = [*TenantModel.Meta.constraints, SameEstablishment("resource")]
