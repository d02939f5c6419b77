from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.files.models import AttachedFile
from establishments.people.models import Group, Membership, Subject
from pedagogy.homework.querysets import HomeworkQuerySet, ProgressQuerySet

LONGEST = 600  # minutes


class Homework(TenantModel):
    """What a teacher gives a class or group to do for a day."""

    # Keys that the indexes below begin with have none of their own.
    group = TenantForeignKey(
        Group, on_delete=models.CASCADE, related_name="homework", db_index=False, verbose_name=_("classe")
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", verbose_name=_("matière"))
    author = TenantForeignKey(
        Membership, on_delete=models.PROTECT, related_name="homework", verbose_name=_("donné par")
    )
    title = models.CharField(_("titre"), max_length=120)
    instructions = models.TextField(_("consigne"), blank=True, max_length=10_000)
    # A date, not a moment: work “for Thursday” is for Thursday in every time zone.
    due_on = models.DateField(_("pour le"))
    expected_minutes = models.PositiveSmallIntegerField(_("durée prévue"), null=True, blank=True)
    to_hand_in = models.BooleanField(_("à rendre dans l’ENT"), default=False)
    published_at = models.DateTimeField(_("donné le"), default=timezone.now)

    objects = tenant_manager(HomeworkQuerySet)

    class Meta:
        verbose_name = _("devoir")
        verbose_name_plural = _("devoirs")
        ordering = ["due_on", "pk"]
        constraints = [
            TenantIsolation(),
            SameEstablishment("group"),
            SameEstablishment("author"),
            models.CheckConstraint(
                condition=models.Q(expected_minutes__isnull=True)
                | models.Q(expected_minutes__gt=0, expected_minutes__lte=LONGEST),
                name="pedagogy_homework_minutes",
                violation_error_message=_("La durée prévue va de 1 minute à 10 heures."),
            ),
        ]
        # Without the establishment: its policy and its filter, counted twice, would make PostgreSQL think that an
        # index which begins with it gives next to no rows.
        indexes = [models.Index(fields=["group", "due_on"], name="pedagogy_homework_by_day")]

    def __str__(self) -> str:
        return self.title

    @property
    def teacher(self) -> str:
        """How the page names who gave it: “Mme Costes”."""
        return self.author.user.formal_name


class HomeworkFile(AttachedFile):
    """A document that the teacher gives with the homework."""

    homework = TenantForeignKey(Homework, on_delete=models.CASCADE, related_name="files")

    class Meta(AttachedFile.Meta):
        verbose_name = _("fichier d’un devoir")
        verbose_name_plural = _("fichiers des devoirs")
        constraints = [*TenantModel.Meta.constraints, SameEstablishment("homework")]


class Progress(TenantModel):
    """How far a student is with a homework: done, handed in, and what was handed in."""

    homework = TenantForeignKey(Homework, on_delete=models.CASCADE, related_name="progress")
    student = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="progress", db_index=False, verbose_name=_("élève")
    )
    done_at = models.DateTimeField(_("fait le"), null=True, blank=True)
    handed_in_at = models.DateTimeField(_("rendu le"), null=True, blank=True)
    text = models.TextField(_("texte rendu"), blank=True, max_length=50_000)

    objects = tenant_manager(ProgressQuerySet)

    class Meta:
        verbose_name = _("avancement d’un élève")
        verbose_name_plural = _("avancements des élèves")
        constraints = [
            TenantIsolation(),
            SameEstablishment("homework"),
            SameEstablishment("student"),
            models.UniqueConstraint(fields=["establishment", "homework", "student"], name="pedagogy_progress_once"),
        ]
        indexes = [models.Index(fields=["student", "homework"], name="pedagogy_progress_of_student")]

    def __str__(self) -> str:
        return f"{self.student} · {self.homework}"


class ProgressFile(AttachedFile):
    """A file that a student hands in."""

    progress = TenantForeignKey(Progress, on_delete=models.CASCADE, related_name="files")

    class Meta(AttachedFile.Meta):
        verbose_name = _("fichier rendu")
        verbose_name_plural = _("fichiers rendus")
        constraints = [*TenantModel.Meta.constraints, SameEstablishment("progress")]
