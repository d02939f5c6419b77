from __future__ import annotations

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person's login and name, global: what they are in which school is a Membership.

    No e-mail is needed, and siblings or couples may share one: it never identifies anybody.
    """

    class Civility(models.TextChoices):
        MRS = "Mme", _("Madame")
        MR = "M.", _("Monsieur")

    civility = models.CharField(_("civilité"), max_length=4, choices=Civility, blank=True)
    birth_date = models.DateField(_("date de naissance"), null=True, blank=True)

    objects = UserManager()

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")
        indexes = [
            models.Index(fields=["last_name", "first_name"], name="accounts_user_by_name"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def formal_name(self) -> str:
        """How a student's page names a teacher: “Mme Costes”."""
        return f"{self.civility} {self.last_name}" if self.civility else str(self)


class Identifier(models.Model):
    """The name that an outside source gives to a person: a directory's key, later a national number.

    `realm` is what the value is unique in: an AAF key is unique only inside its academy.
    """

    class Scheme(models.TextChoices):
        AAF = "aaf", _("annuaire fédérateur")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identifiers", verbose_name=_("compte"))
    scheme = models.CharField(_("source"), max_length=12, choices=Scheme)
    realm = models.CharField(_("académie"), max_length=12)
    value = models.CharField(_("identifiant"), max_length=64)

    class Meta:
        verbose_name = _("identifiant externe")
        verbose_name_plural = _("identifiants externes")
        constraints = [
            # Global on purpose: the same person in two schools is one person.
            models.UniqueConstraint(fields=["scheme", "realm", "value"], name="accounts_identifier_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.realm}:{self.value}"
