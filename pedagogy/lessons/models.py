from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.versions import Versioned
from ent.tenancy.constraints import AppendOnly, FrozenFrom, FrozenWith, SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.files.models import AttachedFile
from establishments.people.models import Membership
from pedagogy.courses.models import Course
from pedagogy.lessons.querysets import EntryQuerySet
from pedagogy.timetable.models import Lesson

LONGEST = 100_000  # characters of what was done, with its tags and formulas
LONGEST_CORRECTION = 5_000
LONGEST_NOTE = 10_000


class State(models.TextChoices):
    DRAFT = "draft", _("brouillon")
    PLANNED = "planned", _("à paraître")
    PUBLISHED = "published", _("visible")


class LessonEntry(Versioned, TenantModel):
    """What the log says of a lesson: what was done in it.

    The class's log is an official document (circulaire n° 2010-136 du 6 septembre 2010). From the moment that students
    see it, an entry is unalterable: PostgreSQL itself refuses to change or delete it, and what is to be said otherwise
    is a `Correction` beside it. Before that, it is anybody's who teaches the lesson to write.
    """

    # The lesson stays as long as its entry: the log says on which day.
    lesson = TenantForeignKey(Lesson, on_delete=models.PROTECT, related_name="entries", verbose_name=_("séance"))
    course = TenantForeignKey(Course, on_delete=models.PROTECT, related_name="entries", verbose_name=_("cours"))
    author = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+", verbose_name=_("écrit par"))
    title = models.CharField(_("titre"), max_length=120)
    content = models.TextField(_("contenu"), blank=True, max_length=LONGEST)
    # None for a draft, which only those who teach the lesson see.
    visible_at = models.DateTimeField(_("visible à partir de"), null=True, blank=True)
    written_at = models.DateTimeField(_("écrit le"), default=timezone.now)

    objects = tenant_manager(EntryQuerySet)

    class Meta:
        verbose_name = _("contenu d’une séance")
        verbose_name_plural = _("cahier de textes")
        ordering = ["pk"]
        constraints = [
            TenantIsolation(),
            SameEstablishment("lesson"),
            SameEstablishment("course"),
            SameEstablishment("author"),
            models.UniqueConstraint(fields=["establishment", "lesson"], name="pedagogy_entry_of_lesson_once"),
            FrozenFrom("visible_at"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> State:
        return state_of(self.visible_at)

    @property
    def teacher(self) -> str:
        return self.author.user.formal_name


def state_of(visible_at: datetime | None) -> State:
    if visible_at is None:
        return State.DRAFT
    return State.PUBLISHED if visible_at <= timezone.now() else State.PLANNED


class Correction(TenantModel):
    """What is to be read beside an entry that nobody changes any more."""

    entry = TenantForeignKey(LessonEntry, on_delete=models.PROTECT, related_name="corrections")
    author = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+", verbose_name=_("écrite par"))
    text = models.TextField(_("correction"), max_length=LONGEST_CORRECTION)
    at = models.DateTimeField(_("écrite le"), default=timezone.now)

    class Meta:
        verbose_name = _("correction du cahier de textes")
        verbose_name_plural = _("corrections du cahier de textes")
        ordering = ["at", "pk"]
        constraints = [TenantIsolation(), SameEstablishment("entry"), SameEstablishment("author"), AppendOnly()]

    def __str__(self) -> str:
        return self.text[:60]


class LessonFile(AttachedFile):
    """A document of a lesson, or one that came with a correction."""

    entry = TenantForeignKey(LessonEntry, on_delete=models.CASCADE, related_name="files")
    correction = TenantForeignKey(Correction, on_delete=models.PROTECT, null=True, blank=True, related_name="files")

    class Meta(AttachedFile.Meta):
        verbose_name = _("document d’une séance")
        verbose_name_plural = _("documents des séances")
        constraints = [
            *TenantModel.Meta.constraints,
            SameEstablishment("entry"),
            SameEstablishment("correction"),
            FrozenWith("entry", "visible_at", besides="correction"),
        ]


class PrivateNote(TenantModel):
    """What a teacher notes for themselves about a lesson: nobody else ever reads it, the head no more than students."""

    lesson = TenantForeignKey(Lesson, on_delete=models.CASCADE, related_name="notes", verbose_name=_("séance"))
    teacher = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="lesson_notes", verbose_name=_("enseignant")
    )
    text = models.TextField(_("note"), max_length=LONGEST_NOTE)

    class Meta:
        verbose_name = _("note personnelle")
        verbose_name_plural = _("notes personnelles")
        constraints = [
            TenantIsolation(),
            SameEstablishment("lesson"),
            SameEstablishment("teacher"),
            models.UniqueConstraint(fields=["establishment", "lesson", "teacher"], name="pedagogy_lesson_note_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson} · {self.teacher}"
