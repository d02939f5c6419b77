from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import IdentityProvider
from establishments.territory.querysets import (
    AuthorityQuerySet,
    CompetenceQuerySet,
    EstablishmentQuerySet,
    HolidayQuerySet,
    SupportHubQuerySet,
)

UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def uai_is_valid(uai: str) -> bool:
    """Seven digits and the letter at their remainder by 23. The feeds carry pseudo-structures that fail."""
    return len(uai) == 8 and uai.isascii() and uai[:7].isdigit() and UAI_LETTERS[int(uai[:7]) % 23] == uai[7]


class Zone(models.TextChoices):
    """Winter and spring holidays are staggered over three groups of academies; the others' dates are their own."""

    A = "A", _("zone A")
    B = "B", _("zone B")
    C = "C", _("zone C")


class Authority(models.Model):
    """Who is answerable for schools: an academy, a département, the Région, a ministry's service."""

    class Kind(models.TextChoices):
        ACADEMY = "academy", _("académie")
        REGION = "region", _("région")
        DEPARTMENT = "department", _("département")
        AGRICULTURE = "agriculture", _("service de l’agriculture")

    kind = models.CharField(_("genre"), max_length=12, choices=Kind)
    code = models.CharField(_("code"), max_length=12, help_text=_("Code national : 16 pour l’académie de Toulouse."))
    name = models.CharField(_("nom"), max_length=120)
    holiday_zone = models.CharField(
        _("zone de vacances"),
        max_length=1,
        choices=Zone,
        blank=True,
        help_text=_("D’une académie, selon l’arrêté qui fixe le calendrier scolaire."),
    )
    is_partner = models.BooleanField(
        _("partenaire du portail"),
        default=True,
        help_text=_("Sans cela, ses établissements ont un autre ENT ; elle reste la collectivité compétente."),
    )

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        verbose_name = _("autorité")
        verbose_name_plural = _("autorités")
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="establishments_authority_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_local(self) -> bool:
        """A “collectivité”, not a service of the State."""
        return self.kind in LOCAL_AUTHORITIES


LOCAL_AUTHORITIES = frozenset({Authority.Kind.DEPARTMENT, Authority.Kind.REGION})


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
    """A school: the tenant. What is here is public; everything else of a school carries its `establishment`.

    A school is planned, then tried out by its own team, then open. Planned, it lets nobody of its people in; tried
    out, its head and local administrators; open, everybody (whose own doors, see `establishments.doors`, are open).
    The agents above come in from the beginning: they prepare it. Others read why they are nowhere. A school is open
    unless somebody says otherwise: the directory's feed brings schools that are at work.
    """

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

    class Sector(models.TextChoices):
        PUBLIC = "public", _("public")
        PRIVATE = "private", _("privé")

    class State(models.TextChoices):
        PLANNED = "planned", _("prévu")
        PILOTING = "piloting", _("à l’essai")
        OPEN = "open", _("ouvert")

    uai = models.CharField(
        _("UAI"),
        max_length=8,
        unique=True,  # the national code of a public place tells nothing of a school's people
        validators=[RegexValidator(r"^\d{7}[A-Z]$", _("Un code UAI a sept chiffres et une lettre."))],
    )
    name = models.CharField(_("nom"), max_length=160)
    kind = models.CharField(_("type"), max_length=12, choices=Kind, default=Kind.OTHER)
    ministry = models.CharField(_("ministère"), max_length=12, choices=Ministry, default=Ministry.EDUCATION)
    sector = models.CharField(_("secteur"), max_length=8, choices=Sector, default=Sector.PUBLIC)
    state = models.CharField(
        _("ouverture"),
        max_length=8,
        choices=State,
        default=State.OPEN,
        help_text=_("Prévu : personne n’entre. À l’essai : la direction et les administrateurs locaux. Ouvert : tous."),
    )
    pilots_on = models.DateField(
        _("à l’essai le"), null=True, blank=True, help_text=_("L’établissement passe à l’essai tout seul ce jour-là.")
    )
    opens_on = models.DateField(
        _("ouvre le"), null=True, blank=True, help_text=_("L’établissement ouvre tout seul ce jour-là.")
    )
    department = models.CharField(_("département"), max_length=3, db_index=True, help_text=_("Exemple : 031."))
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    postal_code = models.CharField(_("code postal"), max_length=10, blank=True)
    city = models.CharField(_("commune"), max_length=100, blank=True)
    insee_code = models.CharField(_("code Insee de la commune"), max_length=5, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    email = models.EmailField(_("adresse électronique"), blank=True)
    website = models.URLField(_("site"), blank=True)
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
    # Decided by the school on its own page (`establishments.photos`); no photo is kept without it.
    shows_photos = models.BooleanField(_("photos des élèves"), default=False, editable=False)
    files_quota = models.PositiveIntegerField(
        _("espace pour les fichiers"),
        default=100,
        help_text=_("En gigaoctets, pour tous les fichiers de l’établissement."),
    )
    # What the national register wrote here last: a field that holds something else now was set by somebody else.
    register_values = models.JSONField(_("repris du registre national"), default=dict, blank=True, editable=False)
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
            models.CheckConstraint(
                condition=models.Q(pilots_on__isnull=True)
                | models.Q(opens_on__isnull=True)
                | models.Q(opens_on__gte=models.F("pilots_on")),
                name="establishments_pilot_before_opening",
                violation_error_message=_("L’essai précède l’ouverture."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}" if self.city else self.name

    def lets_in(self, role: str) -> bool:
        """Whether people with that role may come in as far as the school itself has opened: what
        `MembershipQuerySet.open` asks PostgreSQL."""
        return self.state == self.State.OPEN or (self.state == self.State.PILOTING and role in PILOT_TEAM)


PILOT_TEAM = frozenset({"head", "local_admin"})


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


class Competence(models.Model):
    """Which authority answers for which schools, and by which text.

    The local authority (a département, a région) builds, equips and feeds; a ministry's service teaches and
    supervises. With a département named, it is about that one alone, and passes before what is said for all.
    """

    authority = models.ForeignKey(
        Authority, on_delete=models.CASCADE, related_name="competences", verbose_name=_("autorité")
    )
    kind = models.CharField(_("type d’établissement"), max_length=12, choices=Establishment.Kind)
    department = models.CharField(
        _("département"), max_length=3, blank=True, help_text=_("Exemple : 081. Vide : partout.")
    )
    source = models.CharField(_("texte"), max_length=200, blank=True)

    objects = CompetenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("compétence")
        verbose_name_plural = _("compétences")
        ordering = ["kind", "department", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "kind", "department"], name="establishments_competence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.authority} · {self.get_kind_display()} {self.department}".strip()

    def clean(self) -> None:
        if self.authority_id is None or not self.authority.is_local:
            return
        others = Competence.objects.of_local_authorities().filter(kind=self.kind, department=self.department)
        if others.exclude(authority=self.authority_id).exists():
            raise ValidationError(_("Une autre collectivité est déjà compétente pour ces établissements."))


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


class Holiday(models.Model):
    """Days without lessons in a school year: in one zone, or in all."""

    school_year = models.ForeignKey(
        SchoolYear, on_delete=models.CASCADE, related_name="holidays", verbose_name=_("année scolaire")
    )
    name = models.CharField(_("nom"), max_length=40)
    zone = models.CharField(_("zone"), max_length=1, choices=Zone, blank=True, help_text=_("Vide : toutes."))
    starts_on = models.DateField(_("premier jour"), help_text=_("Le lendemain du dernier cours."))
    ends_on = models.DateField(_("dernier jour"), help_text=_("La veille de la reprise."))
    source = models.CharField(_("texte"), max_length=200, blank=True)

    objects = HolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("vacances")
        verbose_name_plural = _("vacances")
        ordering = ["starts_on", "zone"]
        constraints = [
            models.UniqueConstraint(fields=["school_year", "name", "zone"], name="establishments_holiday_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="establishments_holiday_ends_later",
                violation_error_message=_("Les vacances finissent après avoir commencé."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.zone}".strip()
