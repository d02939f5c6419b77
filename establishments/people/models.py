from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.people.querysets import (
    GroupQuerySet,
    GuardianshipQuerySet,
    MembershipQuerySet,
    TeachingQuerySet,
)
from establishments.territory.models import Authority, SchoolYear, SupportHub


class Role(models.TextChoices):
    """What somebody is in a school."""

    STUDENT = "student", _("élève")
    GUARDIAN = "guardian", _("responsable")
    TEACHER = "teacher", _("enseignant")
    STAFF = "staff", _("personnel")
    HEAD = "head", _("direction")
    LOCAL_ADMIN = "local_admin", _("administrateur local")


class Membership(TenantModel):
    """What a person is in a school, and since when. Somebody may be several things there."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("personne")
    )
    role = models.CharField(_("rôle"), max_length=12, choices=Role)
    starts_on = models.DateField(_("depuis"), null=True, blank=True)
    ends_on = models.DateField(_("jusqu’au"), null=True, blank=True, help_text=_("Dernier jour compris."))

    # Since when the feed has not given it: it has ended, and comes back with its links if the feed gives it again.
    missing_since = models.DateField(_("absent du flux depuis"), null=True, blank=True)

    # Written by the doors (establishments.doors): every page reads them with the membership itself.
    opens_on = models.DateField(_("ouvre le"), null=True, blank=True)
    is_blocked = models.BooleanField(_("bloqué"), default=False)
    # Decided for this person alone, at a desk; the doors make `is_blocked` of it and of their own rules.
    is_suspended = models.BooleanField(_("suspendu"), default=False)

    objects = tenant_manager(MembershipQuerySet)

    class Meta:
        verbose_name = _("appartenance")
        verbose_name_plural = _("appartenances")
        constraints = [
            TenantIsolation(own_rows="user"),
            models.UniqueConstraint(fields=["establishment", "user", "role"], name="establishments_membership_once"),
        ]
        indexes = [models.Index(fields=["establishment", "role"], name="establishments_membership_role")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Guardianship(TenantModel):
    """A guardian of a student, as the school recorded it."""

    class Link(models.TextChoices):
        MOTHER = "mother", _("mère")
        FATHER = "father", _("père")
        TUTOR = "tutor", _("tuteur")
        RELATIVE = "relative", _("famille")
        CHILD_WELFARE = "child_welfare", _("aide sociale à l’enfance")
        SELF = "self", _("élève lui-même")
        OTHER = "other", _("autre")

    student = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="guardianships", verbose_name=_("élève")
    )
    guardian = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="wards", verbose_name=_("responsable")
    )
    link = models.CharField(_("lien"), max_length=16, choices=Link, default=Link.OTHER)
    is_legal = models.BooleanField(_("autorité parentale"), default=True)
    pays_fees = models.BooleanField(_("paie les frais"), default=False)

    objects = tenant_manager(GuardianshipQuerySet)

    class Meta:
        verbose_name = _("responsabilité")
        verbose_name_plural = _("responsabilités")
        constraints = [
            TenantIsolation(),
            SameEstablishment("student"),
            SameEstablishment("guardian"),
            models.UniqueConstraint(
                fields=["establishment", "student", "guardian"], name="establishments_guardianship_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian} → {self.student}"


class Subject(models.Model):
    """A subject of the national nomenclature, the same for all schools."""

    code = models.CharField(_("code"), max_length=6, unique=True)
    name = models.CharField(_("nom"), max_length=120)

    class Meta:
        verbose_name = _("matière")
        verbose_name_plural = _("matières")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Group(TenantModel):
    """A class (“division”) or a teaching group, in one school year; or a group that the school made itself.

    The kind says where it comes from: classes and teaching groups are the directory feed's, projects (a club, a trip)
    are made by hand in `establishments.groups`, and no feed ever touches them.
    """

    class Kind(models.TextChoices):
        CLASS = "class", _("classe")
        TEACHING = "teaching", _("groupe")
        PROJECT = "project", _("projet")

    school_year = models.ForeignKey(
        SchoolYear, on_delete=models.PROTECT, related_name="groups", verbose_name=_("année scolaire")
    )
    kind = models.CharField(_("genre"), max_length=8, choices=Kind, default=Kind.CLASS)
    name = models.CharField(_("nom"), max_length=60)
    label = models.CharField(_("libellé"), max_length=120, blank=True)
    level = models.CharField(_("niveau"), max_length=20, blank=True)
    ends_on = models.DateField(_("jusqu’au"), null=True, blank=True, help_text=_("Dernier jour compris."))

    objects = tenant_manager(GroupQuerySet)

    class Meta:
        verbose_name = _("classe ou groupe")
        verbose_name_plural = _("classes et groupes")
        ordering = ["name"]
        constraints = [
            TenantIsolation(),
            models.UniqueConstraint(
                fields=["establishment", "school_year", "kind", "name"], name="establishments_group_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMembership(TenantModel):
    """A student in a class or group."""

    group = TenantForeignKey(Group, on_delete=models.CASCADE, related_name="students", verbose_name=_("groupe"))
    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="groups", verbose_name=_("élève"))

    class Meta:
        verbose_name = _("élève d’un groupe")
        verbose_name_plural = _("élèves des groupes")
        constraints = [
            TenantIsolation(),
            SameEstablishment("group"),
            SameEstablishment("membership"),
            models.UniqueConstraint(
                fields=["establishment", "group", "membership"], name="establishments_group_student_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.group}"


class Teaching(TenantModel):
    """A teacher teaches a subject to a class or group."""

    group = TenantForeignKey(Group, on_delete=models.CASCADE, related_name="teachings", verbose_name=_("groupe"))
    membership = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="teachings", verbose_name=_("enseignant")
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", verbose_name=_("matière"))

    objects = tenant_manager(TeachingQuerySet)

    class Meta:
        verbose_name = _("enseignement")
        verbose_name_plural = _("enseignements")
        constraints = [
            TenantIsolation(),
            SameEstablishment("group"),
            SameEstablishment("membership"),
            models.UniqueConstraint(
                fields=["establishment", "group", "membership", "subject"], name="establishments_teaching_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.subject} · {self.group}"


class FormTeacher(TenantModel):
    """The teacher who answers for a class (“professeur principal”); a class may have two."""

    group = TenantForeignKey(Group, on_delete=models.CASCADE, related_name="form_teachers", verbose_name=_("classe"))
    membership = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="form_classes", verbose_name=_("enseignant")
    )

    class Meta:
        verbose_name = _("professeur principal")
        verbose_name_plural = _("professeurs principaux")
        constraints = [
            TenantIsolation(),
            SameEstablishment("group"),
            SameEstablishment("membership"),
            models.UniqueConstraint(
                fields=["establishment", "group", "membership"], name="establishments_form_teacher_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.group}"


class Mandate(models.Model):
    """An agent who acts across schools, for an authority or a hub. It is of no school: no policy holds it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mandates", verbose_name=_("agent")
    )
    authority = models.ForeignKey(
        Authority, on_delete=models.CASCADE, null=True, blank=True, related_name="mandates", verbose_name=_("autorité")
    )
    hub = models.ForeignKey(
        SupportHub, on_delete=models.CASCADE, null=True, blank=True, related_name="mandates", verbose_name=_("pôle")
    )

    class Meta:
        verbose_name = _("mandat")
        verbose_name_plural = _("mandats")
        constraints = [
            models.CheckConstraint(
                condition=Q(authority__isnull=False, hub__isnull=True) | Q(authority__isnull=True, hub__isnull=False),
                name="establishments_mandate_of_one",
                violation_error_message=_("Un mandat est donné pour une autorité ou pour un pôle, pas les deux."),
            ),
            models.UniqueConstraint(
                F("user"), F("authority"), F("hub"), name="establishments_mandate_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.authority or self.hub}"
