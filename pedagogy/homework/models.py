from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.versions import Versioned
from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.files.models import AttachedFile
from establishments.people.models import Group, Membership, Subject
from pedagogy.homework.querysets import DraftQuerySet, HomeworkQuerySet, ProgressQuerySet
from pedagogy.timetable.models import Lesson

LONGEST = 600  # minutes
QUARTERS = 4  # of a point: marks are counted in them
OUT_OF, MOST = 20, 100


class LatePolicy(models.TextChoices):
    """What becomes of work handed in after its day."""

    ACCEPTED = "accepted", _("accepté, et marqué en retard")
    UNTIL = "until", _("accepté jusqu’à une date")
    CLOSED = "closed", _("refusé")


class HandIn(models.TextChoices):
    """How it is handed in here, when it is."""

    ANY = "any", _("texte, fichiers ou photos")
    TEXT = "text", _("texte")
    FILES = "files", _("fichiers")
    PHOTO = "photo", _("photo")


class Marking(models.TextChoices):
    """What a correction says beside its comment."""

    NONE = "none", _("sans note")
    MARK = "mark", _("note")
    LEVEL = "level", _("niveau de maîtrise")


class Level(models.IntegerChoices):
    """The four levels of the common core, by the arrêté of 31 December 2015 on the school report (art. 2)."""

    INSUFFICIENT = 1, _("maîtrise insuffisante")
    FRAGILE = 2, _("maîtrise fragile")
    SATISFACTORY = 3, _("maîtrise satisfaisante")
    VERY_GOOD = 4, _("très bonne maîtrise")


class Homework(Versioned, TenantModel):
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
    hand_in_kind = models.CharField(_("rendu sous forme de"), max_length=5, choices=HandIn, default=HandIn.ANY)
    # To come: nobody but its author sees it yet.
    published_at = models.DateTimeField(_("donné le"), default=timezone.now)

    # Due at a lesson: `due_on` is its day, and follows when it is moved.
    lesson = TenantForeignKey(
        Lesson, on_delete=models.SET_NULL, null=True, blank=True, related_name="homework", verbose_name=_("séance")
    )
    # For those of the group whom a `Progress` names, and for nobody else.
    for_some = models.BooleanField(_("pour quelques élèves"), default=False)
    late_policy = models.CharField(_("en retard"), max_length=8, choices=LatePolicy, default=LatePolicy.ACCEPTED)
    late_until = models.DateField(_("accepté jusqu’au"), null=True, blank=True)
    marking = models.CharField(_("évaluation"), max_length=5, choices=Marking, default=Marking.NONE)
    scale = models.PositiveSmallIntegerField(_("noté sur"), default=OUT_OF)
    revised_at = models.DateTimeField(_("modifié le"), null=True, blank=True)  # after students could read it
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True, blank=True)  # kept for those who handed in
    reminded_on = models.DateField(_("rappelé le"), null=True, blank=True)
    series = models.UUIDField(_("série"), null=True, blank=True)  # the same work, given to several classes

    objects = tenant_manager(HomeworkQuerySet)

    class Meta:
        verbose_name = _("devoir")
        verbose_name_plural = _("devoirs")
        ordering = ["due_on", "pk"]
        constraints = [
            TenantIsolation(),
            SameEstablishment("group"),
            SameEstablishment("author"),
            SameEstablishment("lesson"),
            models.CheckConstraint(
                condition=~models.Q(late_policy="until") | models.Q(late_until__gte=models.F("due_on")),
                name="pedagogy_homework_late_until",
                violation_error_message=_("Le dernier délai vient après le jour du devoir."),
            ),
            models.CheckConstraint(
                condition=models.Q(scale__gt=0, scale__lte=MOST),
                name="pedagogy_homework_scale",
                violation_error_message=_("La note va de 1 à 100 points."),
            ),
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

    @property
    def is_planned(self) -> bool:
        return self.published_at > timezone.now()

    def named_students(self) -> list[int]:
        return list(self.progress.filter(is_named=True).values_list("student", flat=True))

    def last_day(self, own: date | None = None) -> date | None:
        """The last day on which it may be handed in, by somebody whose own day that is; None when there is none."""
        return last_day(self.due_on, self.late_policy, self.late_until, own)


def last_day(due_on: date, policy: str, until: date | None, own: date | None = None) -> date | None:
    due = own or due_on
    if policy == LatePolicy.CLOSED:
        return due
    return max(due, until) if policy == LatePolicy.UNTIL and until else None


class HomeworkFile(AttachedFile):
    """A document that the teacher gives with the homework."""

    homework = TenantForeignKey(Homework, on_delete=models.CASCADE, related_name="files")

    class Meta(AttachedFile.Meta):
        verbose_name = _("fichier d’un devoir")
        verbose_name_plural = _("fichiers des devoirs")
        constraints = [*TenantModel.Meta.constraints, SameEstablishment("homework")]


class Progress(Versioned, TenantModel):
    """A student's own part of a homework: whether it names them, their own day, what they did, what came back.

    The correction is the student's from `returned_at` on, and nobody's but the teachers' before. The version is its.
    """

    homework = TenantForeignKey(Homework, on_delete=models.CASCADE, related_name="progress")
    student = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="progress", db_index=False, verbose_name=_("élève")
    )
    done_at = models.DateTimeField(_("fait le"), null=True, blank=True)
    handed_in_at = models.DateTimeField(_("rendu le"), null=True, blank=True)
    text = models.TextField(_("texte rendu"), blank=True, max_length=50_000)

    is_named = models.BooleanField(_("désigné"), default=False)  # one of the few, when the homework is for some
    due_on = models.DateField(_("pour le, avec un délai"), null=True, blank=True)  # a later day of their own

    comment = models.TextField(_("appréciation"), blank=True, max_length=10_000)
    mark = models.PositiveSmallIntegerField(_("note"), null=True, blank=True, help_text=_("En quarts de point."))
    level = models.PositiveSmallIntegerField(_("niveau"), null=True, blank=True, choices=Level)
    corrected_at = models.DateTimeField(_("corrigé le"), null=True, blank=True)
    corrected_by = TenantForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("corrigé par"),
    )
    returned_at = models.DateTimeField(_("remis le"), null=True, blank=True)

    objects = tenant_manager(ProgressQuerySet)

    class Meta:
        verbose_name = _("avancement d’un élève")
        verbose_name_plural = _("avancements des élèves")
        constraints = [
            TenantIsolation(),
            SameEstablishment("homework"),
            SameEstablishment("student"),
            SameEstablishment("corrected_by"),
            models.UniqueConstraint(fields=["establishment", "homework", "student"], name="pedagogy_progress_once"),
        ]
        indexes = [
            models.Index(fields=["student", "homework"], name="pedagogy_progress_of_student"),
            models.Index(  # the copies that somebody has to correct or to hand back: few of all there are
                fields=["homework"],
                condition=models.Q(handed_in_at__isnull=False, returned_at=None),
                name="pedagogy_progress_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.homework}"

    @property
    def is_late(self) -> bool:
        """Was it handed in after its day?"""
        due = self.due_on or self.homework.due_on
        return self.handed_in_at is not None and timezone.localdate(self.handed_in_at) > due

    @property
    def points(self) -> Decimal | None:
        return None if self.mark is None else Decimal(self.mark) / QUARTERS


class ProgressFile(AttachedFile):
    """A file that a student hands in."""

    progress = TenantForeignKey(Progress, on_delete=models.CASCADE, related_name="files")

    class Meta(AttachedFile.Meta):
        verbose_name = _("fichier rendu")
        verbose_name_plural = _("fichiers rendus")
        constraints = [*TenantModel.Meta.constraints, SameEstablishment("progress")]


class CorrectionFile(AttachedFile):
    """A copy that the teacher has annotated, or whatever else goes back with it."""

    progress = TenantForeignKey(Progress, on_delete=models.CASCADE, related_name="correction_files")

    class Meta(AttachedFile.Meta):
        verbose_name = _("fichier d’une correction")
        verbose_name_plural = _("fichiers des corrections")
        constraints = [*TenantModel.Meta.constraints, SameEstablishment("progress")]


class Draft(TenantModel):
    """What somebody is typing, kept until they send it: work to give, a copy to hand in, a correction.

    One for each of these; nobody but who types reads it, and it is thrown away when it has been sent.
    """

    membership = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="drafts", verbose_name=_("personne")
    )
    homework = TenantForeignKey(  # that is handed in
        Homework, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts", verbose_name=_("devoir")
    )
    progress = TenantForeignKey(  # that is corrected
        Progress, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts", verbose_name=_("copie")
    )
    content = models.JSONField(_("contenu"), default=dict)  # what was typed, by the name of its field
    saved_at = models.DateTimeField(_("gardé le"), default=timezone.now)

    objects = tenant_manager(DraftQuerySet)

    class Meta:
        verbose_name = _("brouillon")
        verbose_name_plural = _("brouillons")
        constraints = [
            TenantIsolation(),
            SameEstablishment("membership"),
            SameEstablishment("homework"),
            SameEstablishment("progress"),
            models.UniqueConstraint(
                fields=["establishment", "membership", "homework", "progress"],
                name="pedagogy_draft_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.saved_at:%H:%M}"


class DailyLoad(TenantModel):
    """From how many minutes of homework for one day a school warns whoever gives more. It never forbids."""

    minutes = models.PositiveSmallIntegerField(_("minutes par jour"))

    class Meta:
        verbose_name = _("seuil de travail par jour")
        verbose_name_plural = _("seuils de travail par jour")
        constraints = [
            TenantIsolation(),
            models.UniqueConstraint(fields=["establishment"], name="pedagogy_daily_load_once"),
            models.CheckConstraint(
                condition=models.Q(minutes__gt=0, minutes__lte=LONGEST),
                name="pedagogy_daily_load_minutes",
                violation_error_message=_("Le seuil va de 1 minute à 10 heures."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.minutes)
