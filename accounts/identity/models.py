from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Concat, Lower, Replace
from django.utils.translation import gettext_lazy as _

from accounts.identity.words import words_in


def _plain_letters() -> dict[str, str]:
    """Every accented Latin letter with its plain one, and the marks that names are joined by with a space."""
    plain = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "t"}
    for letter in map(chr, [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]):
        base = unicodedata.normalize("NFD", letter)[0]
        if letter.islower() and base != letter and base.isascii():
            plain[letter] = base
    return plain | {"’": " ", "'": " ", "-": " "}


PLAIN = _plain_letters()


def folded(expression: Any) -> Func:
    """In lower case, without accents, hyphens or apostrophes: what names are ordered and looked up by.

    PostgreSQL has no `unaccent` without extensions, and its own order of letters would put Étienne after Zoé.
    """
    accented, plain = Value("".join(PLAIN)), Value("".join(PLAIN.values()))
    spelt_out = Lower(expression)
    for letter, letters in (("œ", "oe"), ("æ", "ae"), ("ß", "ss")):
        spelt_out = Replace(spelt_out, Value(letter), Value(letters))
    return Func(spelt_out, accented, plain, function="translate", output_field=models.TextField())


def plain(text: str) -> str:
    """What `folded` makes of a text, in Python: for what was typed in a search box."""
    for letter, letters in (("œ", "oe"), ("æ", "ae"), ("ß", "ss")):
        text = text.lower().replace(letter, letters)
    return text.translate(str.maketrans(PLAIN))


class User(AbstractUser):
    """A person's login and name, global: what they are in which school is a Membership.

    No e-mail is needed, and siblings or couples may share one: it never identifies anybody.
    """

    class Civility(models.TextChoices):
        MRS = "Mme", _("Madame")
        MR = "M.", _("Monsieur")

    civility = models.CharField(_("civilité"), max_length=4, choices=Civility, blank=True)
    birth_date = models.DateField(_("date de naissance"), null=True, blank=True)

    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    # The address whose mailbox the person has shown to be theirs: another one in `email` must be confirmed first.
    verified_email = models.EmailField(_("adresse confirmée"), blank=True, editable=False)
    # The first time that the person chose a password or came by their identity provider.
    activated_at = models.DateTimeField(_("activé le"), null=True, blank=True)
    must_change_password = models.BooleanField(_("doit changer de mot de passe"), default=False)
    sort_name = models.GeneratedField(
        expression=folded(Concat("last_name", Value(" "), "first_name")),
        output_field=models.TextField(),
        db_persist=True,
        verbose_name=_("nom sans accents"),
    )

    objects = UserManager()

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")
        indexes = [
            models.Index(fields=["sort_name"], name="accounts_user_by_name"),
            GinIndex(words_in("sort_name", "username"), name="accounts_user_by_words"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_email_verified(self) -> bool:
        return bool(self.email) and self.email == self.verified_email

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
        TABLE = "table", _("tableau d’un établissement")

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
