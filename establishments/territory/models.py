from __future__ import annotations

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import IdentityProvider
from establishments.territory.querysets import AuthorityQuerySet, EstablishmentQuerySet, SupportHubQuerySet

UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def uai_is_valid(uai: str) -> bool:
    """Seven digits and the letter at their remainder by 23. The feeds carry pseudo-structures that fail."""
    return len(uai) == 8 and uai.isascii() and uai[:7].isdigit() and UAI_LETTERS[int(uai[:7]) % 23] == uai[7]


class Authority(models.Model):
    """Who is answerable for schools: an academy, a département, the Région, a ministry's service."""

    class Kind(models.TextChoices):
        ACADEMY = "academy", _("académie")
        REGION = "region", _("région")
        DEPARTMENT = "department", _("département")
        AGRICULTURE = "agriculture", _("service de l’agriculture")

    kind = models.CharField(_("genre"), max_length=12, choices=Kind)
    code = models.CharField(_("code"), max_length=12, help_text=_("Code national : 16 pour l’académie de Toulouse."))
    name = models.CharField(_("nom"), max_length=120)

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        verbose_name = _("autorité")
        verbose_name_plural = _("autorités")
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="establishments_authority_code")]

    def __str__(self) -> str:
        return self.name


class SupportHub(models.Model):
    """Gets the people of some twenty schools back into their accounts (“pôle d’appui”)."""

    name = models.CharField(_("nom"), max_length=120, unique=True)

    objects = SupportHubQuerySet.as_manager()

    class Meta:
        verbose_name = _("pôle d’appui")
        verbose_name_plural = _("pôles d’appui")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Establishment(models.Model):
    """A school: the tenant. What is here is public; everything else of a school carries its `establishment`."""

    class Kind(models.TextChoices):
        COLLEGE = "college", _("collège")
        LYCEE = "lycee", _("lycée général et technologique")
        LYCEE_PRO = "lycee_pro", _("lycée professionnel")
        LYCEE_AGRI = "lycee_agri", _("lycée agricole")
        EREA = "erea", _("EREA")
        OTHER = "other", _("autre")

    class Ministry(models.TextChoices):
        EDUCATION = "education", _("Éducation nationale")
        AGRICULTURE = "agriculture", _("Agriculture")

    uai = models.CharField(
        _("UAI"),
        max_length=8,
        unique=True,  # the national code of a public place tells nothing of a school's people
        validators=[RegexValidator(r"^\d{7}[A-Z]$", _("Un code UAI a sept chiffres et une lettre."))],
    )
    name = models.CharField(_("nom"), max_length=160)
    kind = models.CharField(_("type"), max_length=12, choices=Kind, default=Kind.OTHER)
    ministry = models.CharField(_("ministère"), max_length=12, choices=Ministry, default=Ministry.EDUCATION)
    department = models.CharField(_("département"), max_length=3, db_index=True, help_text=_("Exemple : 031."))
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    postal_code = models.CharField(_("code postal"), max_length=10, blank=True)
    city = models.CharField(_("commune"), max_length=100, blank=True)
    academy = models.ForeignKey(
        Authority,
        on_delete=models.PROTECT,
        related_name="establishments",
        limit_choices_to={"kind": Authority.Kind.ACADEMY},
        verbose_name=_("académie"),
    )
    local_authority = models.ForeignKey(
        Authority,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="local_establishments",
        verbose_name=_("collectivité"),
    )
    hub = models.ForeignKey(
        SupportHub,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="establishments",
        verbose_name=_("pôle d’appui"),
    )
    # The feed does not name schools by UAI but by a key of the academy's own.
    structure_key = models.CharField(_("clé de structure"), max_length=20, blank=True)

    objects = EstablishmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("établissement")
        verbose_name_plural = _("établissements")
        ordering = ["name", "city"]
        constraints = [
            models.UniqueConstraint(
                fields=["academy", "structure_key"],
                condition=~models.Q(structure_key=""),
                name="establishments_structure_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}" if self.city else self.name


class ProviderFor(models.Model):
    """Which schools an identity provider vouches for: one of them, or all those of an authority."""

    provider = models.ForeignKey(
        IdentityProvider, on_delete=models.CASCADE, related_name="serves", verbose_name=_("fournisseur d’identité")
    )
    establishment = models.ForeignKey(
        Establishment,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="providers",
        verbose_name=_("établissement"),
    )
    authority = models.ForeignKey(
        Authority, on_delete=models.CASCADE, null=True, blank=True, related_name="providers", verbose_name=_("autorité")
    )

    class Meta:
        verbose_name = _("établissements d’un fournisseur")
        verbose_name_plural = _("établissements des fournisseurs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(establishment__isnull=True) ^ models.Q(authority__isnull=True),
                name="establishments_provider_for_one",
                violation_error_message=_("Un établissement ou une autorité, pas les deux."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} → {self.establishment or self.authority}"


class SchoolYear(models.Model):
    """From one August to the next: the feed of late August already describes the new classes."""

    name = models.CharField(_("nom"), max_length=9, unique=True)
    starts_on = models.DateField(_("début"))
    ends_on = models.DateField(_("fin"))

    class Meta:
        verbose_name = _("année scolaire")
        verbose_name_plural = _("années scolaires")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="establishments_year_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def containing(cls, day: date) -> SchoolYear:
        """The school year of that day, made when it is the first to be asked for."""
        first = day.year if day.month >= 8 else day.year - 1
        year, _created = cls.objects.get_or_create(
            name=f"{first}-{first + 1}",
            defaults={"starts_on": date(first, 8, 1), "ends_on": date(first + 1, 7, 31)},
        )
        return year
