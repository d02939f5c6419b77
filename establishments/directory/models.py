"""What a feed said, what each run of the import made of it, school by school and person by person."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.gates import BehindGate
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.directory.querysets import ChangeQuerySet, SchoolRunQuerySet

GATE = "directory"


class Feed(models.Model):
    """One chain of deliveries: a complete one, then the deltas that stand on it, in the order of their dates."""

    realm = models.CharField(_("académie"), max_length=12)
    name = models.CharField(_("livraison"), max_length=80, help_text=_("Ce qui précède la date dans les fichiers."))
    dated = models.DateField(_("dernière date lue"), null=True, blank=True)
    # Something of a delta could not be read or is missing: what follows would be built on sand.
    waits_for_complete = models.BooleanField(_("attend un export complet"), default=False)

    class Meta:
        verbose_name = _("flux d’annuaire")
        verbose_name_plural = _("flux d’annuaire")
        ordering = ["realm", "name"]
        constraints = [models.UniqueConstraint(fields=["realm", "name"], name="establishments_feed_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.realm})"


class ImportRun(models.Model):
    """One passage of the import. It is of no school; what it changed in each is in its school runs."""

    class State(models.TextChoices):
        READING = "reading", _("lecture des fichiers")
        SETTLING = "settling", _("mise à jour des établissements")
        DONE = "done", _("terminé")
        REFUSED = "refused", _("refusé")

    origin = models.CharField(_("fichiers"), max_length=200)
    day = models.DateField(_("jour"), help_text=_("Il décide de l’année scolaire."))
    is_dry = models.BooleanField(_("à blanc"), default=False, help_text=_("Chaque établissement attend un accord."))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("par"),
    )
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.READING)
    started_at = models.DateTimeField(_("commencé"), default=timezone.now)
    ended_at = models.DateTimeField(_("terminé"), null=True, blank=True)
    progress = models.CharField(_("avancement"), max_length=120, blank=True)
    report = models.JSONField(_("rapport"), default=dict, blank=True)
    delivered = ArrayField(models.BigIntegerField(), default=list, blank=True)  # the establishments that it is about

    class Meta:
        verbose_name = _("import de l’annuaire")
        verbose_name_plural = _("imports de l’annuaire")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.origin} · {self.day:%d/%m/%Y}"


class FeedRecord(models.Model):
    """The last that a feed said of one structure or person: what the schools are compared with.

    Deltas are merged into it, and a complete export read over again is recognised by it.
    """

    # Each school may be delivered by itself, and one teacher by two of them: as each says it.
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+", db_index=False)
    category = models.CharField(max_length=16)
    key = models.CharField(max_length=64)
    # Zero: to be read again each time, since there is something to say of it.
    digest = models.BigIntegerField(default=0)
    attributes = models.JSONField(default=dict)
    # Are links with a 2 those of second guardians, as in files before 2018?
    has_old_links = models.BooleanField(default=False)
    schools = ArrayField(models.BigIntegerField(), default=list)  # establishments that it is about
    refers = ArrayField(models.CharField(max_length=64), default=list)  # keys of the guardians that it names
    file = models.CharField(max_length=120)
    run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("fiche d’un flux")
        verbose_name_plural = _("fiches des flux")
        constraints = [
            BehindGate(GATE),
            models.UniqueConstraint(fields=["feed", "category", "key"], name="establishments_feed_record_once"),
        ]
        indexes = [
            # Without a list of pending entries: each search would go through it for each of its thousands of keys.
            GinIndex(fields=["schools"], name="establishments_record_schools", fastupdate=False),
            GinIndex(fields=["refers"], name="establishments_record_refers", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.key}"


class AsideRecord(models.Model):
    """A request of a delta that is not applied, because something beside it cannot be read."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="+")
    file = models.CharField(max_length=120)
    line = models.PositiveIntegerField()
    request = models.CharField(max_length=16)
    category = models.CharField(max_length=16)
    key = models.CharField(max_length=64)
    attributes = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("fiche mise de côté")
        verbose_name_plural = _("fiches mises de côté")
        constraints = [BehindGate(GATE)]

    def __str__(self) -> str:
        return f"{self.file}, {self.line}"


class SchoolRun(TenantModel):
    """What one run of the import changed in one school, or would change."""

    class State(models.TextChoices):
        PENDING = "pending", _("à faire")
        HELD = "held", _("arrêté : trop de départs")
        TO_REVIEW = "to_review", _("attend un accord")
        APPLIED = "applied", _("appliqué")
        REJECTED = "rejected", _("refusé")
        UNDONE = "undone", _("annulé")
        OUTDATED = "outdated", _("remplacé par un import plus récent")

    class Decision(models.TextChoices):
        ACCEPT = "accept", _("accepter")
        REJECT = "reject", _("refuser")
        UNDO = "undo", _("annuler")

    WAITING = (State.HELD, State.TO_REVIEW)
    # The school has not what its feed says: the next run asks again.
    APART = (State.PENDING, State.HELD, State.TO_REVIEW, State.REJECTED, State.UNDONE)

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="schools", verbose_name=_("import"))
    realm = models.CharField(_("académie"), max_length=12)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.PENDING)
    counts = models.JSONField(_("comptes"), default=dict)
    people = models.PositiveIntegerField(_("personnes"), default=0)
    arrived = models.PositiveIntegerField(_("arrivées"), default=0)
    changed = models.PositiveIntegerField(_("modifiées"), default=0)
    left = models.PositiveIntegerField(_("parties"), default=0)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("par"),
    )
    decided_at = models.DateTimeField(_("décidé"), null=True, blank=True)
    applied_at = models.DateTimeField(_("appliqué"), null=True, blank=True)
    # Decided on with many others, and left to a task. The moment is that of all of them, and stays when it is done.
    asked = models.CharField(_("décision en attente"), max_length=6, choices=Decision, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("décision demandée"), null=True, blank=True)
    asked_reason = models.CharField(max_length=300, blank=True)
    refusal = models.CharField(_("pourquoi la décision n’a pas pu être prise"), max_length=300, blank=True)

    objects = tenant_manager(SchoolRunQuerySet)

    class Meta:
        verbose_name = _("import d’un établissement")
        verbose_name_plural = _("imports des établissements")
        ordering = ["-pk"]
        constraints = [
            TenantIsolation(),
            models.UniqueConstraint(fields=["establishment", "run", "realm"], name="establishments_school_run_once"),
        ]
        indexes = [
            models.Index(fields=["establishment", "state"], name="establishments_run_state"),
            models.Index(
                fields=["establishment", "asked_at"],
                condition=models.Q(asked_at__isnull=False),
                name="establishments_run_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.establishment} · {self.run}"


class Change(TenantModel):
    """What a run changed for one person in one school: their state before and after, as `State.as_json` has it.

    Where nothing is said before, the person arrived; where nothing is said after, they left. It tells where a fact
    came from, shows a dry run, and undoes a run.
    """

    school_run = TenantForeignKey(SchoolRun, on_delete=models.CASCADE, related_name="changes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(_("identifiant du flux"), max_length=64)
    name = models.CharField(_("personne"), max_length=320)
    before = models.JSONField(_("avant"), null=True)
    after = models.JSONField(_("après"), null=True)
    file = models.CharField(_("fichier"), max_length=120, blank=True)

    objects = tenant_manager(ChangeQuerySet)

    class Meta:
        verbose_name = _("changement d’une personne")
        verbose_name_plural = _("changements des personnes")
        ordering = ["pk"]
        constraints = [TenantIsolation(), SameEstablishment("school_run")]
        indexes = [models.Index(fields=["establishment", "user"], name="establishments_change_user")]

    def __str__(self) -> str:
        return self.name
