from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.versions import Versioned
from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.people.models import Group, Membership
from pedagogy.courses.models import Course


class Letter(models.TextChoices):
    """Of weeks that alternate."""

    A = "A", _("semaine A")
    B = "B", _("semaine B")


class Room(TenantModel):
    name = models.CharField(_("nom"), max_length=40)

    class Meta:
        verbose_name = _("salle")
        verbose_name_plural = _("salles")
        ordering = ["name"]
        constraints = [
            TenantIsolation(),
            models.UniqueConstraint(fields=["establishment", "name"], name="pedagogy_room_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """“Salle 12”, and “CDI”, “Gymnase” as they are."""
        return _("Salle %(name)s") % {"name": self.name} if self.name[:1].isdigit() else self.name


class LetteredWeek(TenantModel):
    """Which letter a week has, for schools whose weeks alternate; holidays may be passed over or not, as they say."""

    monday = models.DateField(_("lundi"))
    letter = models.CharField(_("semaine"), max_length=1, choices=Letter)

    class Meta:
        verbose_name = _("semaine A ou B")
        verbose_name_plural = _("semaines A et B")
        ordering = ["monday"]
        constraints = [
            TenantIsolation(),
            models.UniqueConstraint(fields=["establishment", "monday"], name="pedagogy_lettered_week_once"),
        ]

    def __str__(self) -> str:
        return f"{self.monday} {self.letter}"


class Slot(TenantModel, Versioned):
    """A lesson that comes back each week, or each week of a letter, between two days and outside the holidays.

    Times are those of the wall clock in Europe/Paris: a lesson at eight is at eight in summer and in winter.
    """

    course = TenantForeignKey(Course, on_delete=models.CASCADE, related_name="slots", verbose_name=_("cours"))
    weekday = models.PositiveSmallIntegerField(_("jour"))  # 0 is Monday
    starts_at = models.TimeField(_("de"))
    ends_at = models.TimeField(_("à"))
    letter = models.CharField(_("semaine"), max_length=1, choices=Letter, blank=True)
    room = TenantForeignKey(
        Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="slots", verbose_name=_("salle")
    )
    # Only where not all of the course's teachers, or groups, are there.
    teacher = TenantForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="slots", verbose_name=_("enseignant")
    )
    group = TenantForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="slots", verbose_name=_("groupe")
    )
    first_on = models.DateField(_("du"))
    last_on = models.DateField(_("au"), help_text=_("Dernier jour compris."))
    source = models.CharField(_("clé de la source"), max_length=120, blank=True)  # what an import knows it by

    class Meta:
        verbose_name = _("créneau")
        verbose_name_plural = _("créneaux")
        ordering = ["weekday", "starts_at", "pk"]
        constraints = [
            TenantIsolation(),
            SameEstablishment("course"),
            SameEstablishment("room"),
            SameEstablishment("teacher"),
            SameEstablishment("group"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="pedagogy_slot_ends_after",
                violation_error_message=_("Le cours finit après avoir commencé."),
            ),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="pedagogy_slot_weekday"),
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")),
                name="pedagogy_slot_days",
                violation_error_message=_("Le dernier jour vient après le premier."),
            ),
        ]
        indexes = [models.Index(fields=["course", "weekday"], name="pedagogy_slot_of_course")]

    def __str__(self) -> str:
        return f"{self.course} · {self.weekday} {self.starts_at:%H:%M}"


class Lesson(TenantModel, Versioned):
    """One lesson of one day that is not just its slot's: it was changed, called off or added, or something hangs on it.

    A row is made when it is needed: a year of slots would be fifty thousand of them for each school.
    """

    class State(models.TextChoices):
        ON = "on", _("maintenu")
        CANCELLED = "cancelled", _("annulé")

    slot = TenantForeignKey(
        Slot, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons", verbose_name=_("créneau")
    )
    course = TenantForeignKey(Course, on_delete=models.CASCADE, related_name="lessons", verbose_name=_("cours"))
    group = TenantForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="lessons", verbose_name=_("groupe")
    )
    slot_on = models.DateField(_("jour prévu"), null=True, blank=True)  # of the slot, when it was moved
    on = models.DateField(_("jour"))
    starts_at = models.TimeField(_("de"))
    ends_at = models.TimeField(_("à"))
    room = TenantForeignKey(
        Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons", verbose_name=_("salle")
    )
    teacher = TenantForeignKey(  # a substitute, or one of several
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons",
        verbose_name=_("enseignant"),
    )  # fmt: skip
    state = models.CharField(_("état"), max_length=9, choices=State, default=State.ON)
    is_changed = models.BooleanField(_("modifié"), default=False)  # is it otherwise than its slot says?
    reason = models.CharField(_("motif"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("modifié le"), null=True, blank=True)

    class Meta:
        verbose_name = _("séance")
        verbose_name_plural = _("séances")
        ordering = ["on", "starts_at", "pk"]
        constraints = [
            TenantIsolation(),
            SameEstablishment("slot"),
            SameEstablishment("course"),
            SameEstablishment("group"),
            SameEstablishment("room"),
            SameEstablishment("teacher"),
            models.UniqueConstraint(fields=["establishment", "slot", "slot_on"], name="pedagogy_lesson_once"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="pedagogy_lesson_ends_after",
                violation_error_message=_("Le cours finit après avoir commencé."),
            ),
        ]
        indexes = [models.Index(fields=["course", "on"], name="pedagogy_lesson_of_course")]

    def __str__(self) -> str:
        return f"{self.course} · {self.on}"


class TimetableImport(TenantModel):
    """A file that was read, what it would change, and when it was applied. Of the file, its lines alone are kept."""

    class Kind(models.TextChoices):
        CSV = "csv", _("tableau CSV")
        ICALENDAR = "ics", _("iCalendar")

    name = models.CharField(_("fichier"), max_length=120)
    kind = models.CharField(_("format"), max_length=3, choices=Kind)
    rows = models.JSONField(_("lignes"), default=list)
    report = models.JSONField(_("compte rendu"), default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("par")
    )
    created_at = models.DateTimeField(_("lu le"), default=timezone.now)
    applied_at = models.DateTimeField(_("appliqué le"), null=True, blank=True)

    class Meta:
        verbose_name = _("import d’emploi du temps")
        verbose_name_plural = _("imports d’emploi du temps")
        ordering = ["-created_at", "-pk"]
        constraints = [TenantIsolation()]
        indexes = [models.Index(fields=["establishment", "-created_at"], name="pedagogy_timetable_imports")]

    def __str__(self) -> str:
        return f"{self.name} · {self.created_at:%d/%m/%Y}"


class AgendaFeed(models.Model):
    """The private address at which somebody's calendar reads their agenda: of a person, whatever their schools.

    The address holds a secret, of which the digest alone is kept: whoever reads the table can open no agenda.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agenda_feed", verbose_name=_("personne")
    )
    digest = models.CharField(_("empreinte"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("créée le"), default=timezone.now)

    class Meta:
        verbose_name = _("adresse d’agenda")
        verbose_name_plural = _("adresses d’agenda")

    def __str__(self) -> str:
        return str(self.user)
