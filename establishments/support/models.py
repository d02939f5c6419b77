from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.people.models import Group
from establishments.support.querysets import CaseQuerySet


class Case(TenantModel):
    """Somebody needs help to get in. It starts at the school or its hub, and may go up to the academy."""

    class Kind(models.TextChoices):
        CANNOT_SIGN_IN = "cannot_sign_in", _("ne peut pas se connecter")
        UNKNOWN = "unknown", _("inconnu de l’annuaire")
        WRONG_DATA = "wrong_data", _("données fausses")
        OTHER = "other", _("autre")

    class State(models.TextChoices):
        OPEN = "open", _("ouvert")
        TAKEN = "taken", _("pris en charge")
        CLOSED = "closed", _("clos")

    class Level(models.TextChoices):
        SCHOOL = "school", _("établissement")
        HUB = "hub", _("pôle d’appui")
        ACADEMY = "academy", _("académie")

    kind = models.CharField(_("objet"), max_length=16, choices=Kind)
    state = models.CharField(_("état"), max_length=8, choices=State, default=State.OPEN)
    level = models.CharField(_("niveau"), max_length=8, choices=Level, default=Level.HUB)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("personne concernée"),
    )
    # Who says they are whom, when no account is known: what they typed, or what their provider said.
    claimed_name = models.CharField(_("nom annoncé"), max_length=310, blank=True)
    contact = models.CharField(_("où répondre"), max_length=200, blank=True)
    description = models.TextField(_("description"), max_length=2_000, blank=True)
    data = models.JSONField(_("détail"), default=dict, blank=True)
    opened_at = models.DateTimeField(_("ouvert le"), auto_now_add=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("ouvert par")
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("suivi par")
    )
    closed_at = models.DateTimeField(_("clos le"), null=True, blank=True)
    resolution = models.CharField(_("réponse"), max_length=300, blank=True)

    objects = tenant_manager(CaseQuerySet)

    class Meta(TenantModel.Meta):
        verbose_name = _("dossier d’assistance")
        verbose_name_plural = _("dossiers d’assistance")
        ordering = ["opened_at", "pk"]
        indexes = [models.Index(fields=["establishment", "state", "level"], name="establishments_case_queue")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.person or self.claimed_name}"


class CaseNote(TenantModel):
    """What was said or done on a case."""

    case = TenantForeignKey(Case, on_delete=models.CASCADE, related_name="notes", verbose_name=_("dossier"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("auteur")
    )
    at = models.DateTimeField(_("quand"), auto_now_add=True)
    text = models.TextField(_("note"), max_length=2_000)

    class Meta:
        verbose_name = _("note d’un dossier")
        verbose_name_plural = _("notes des dossiers")
        ordering = ["pk"]
        constraints = [TenantIsolation(), SameEstablishment("case")]

    def __str__(self) -> str:
        return self.text[:60]


class SlipBatch(TenantModel):
    """Slips asked for a whole class: made by a task, watched from the page that asked, downloaded once ready."""

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        READY = "ready", _("prêt")
        FAILED = "failed", _("en échec")

    group = TenantForeignKey(Group, on_delete=models.CASCADE, related_name="+", verbose_name=_("classe"))
    # Whose slips: the students', their guardians', or both.
    roles = models.JSONField(_("pour qui"), default=list)
    # Also for those who have a password: their slip lets them choose another.
    includes_active = models.BooleanField(_("comptes activés compris"), default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("demandé par")
    )
    requested_at = models.DateTimeField(_("demandé le"), auto_now_add=True)
    state = models.CharField(_("état"), max_length=8, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField(_("à faire"), default=0)
    done = models.PositiveIntegerField(_("faits"), default=0)
    # Holds codes in clear: kept encrypted, for an hour, and for whoever asked.
    document = models.BinaryField(_("document"), null=True, editable=False)
    downloaded_at = models.DateTimeField(_("téléchargé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot de fiches")
        verbose_name_plural = _("lots de fiches")
        ordering = ["-pk"]
        constraints = [TenantIsolation(), SameEstablishment("group")]

    def __str__(self) -> str:
        return f"{self.group} · {self.done}/{self.total}"
