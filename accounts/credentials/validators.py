import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ENOUGH_DIGITS = 16

# What French-speaking people choose first: Django's list of common passwords is an English one.
COMMON = [
    *["amour", "azerty", "azertyuiop", "bienvenue", "bonjour", "chouchou", "coucou", "doudou", "jetaime", "loulou"],
    *["qsdf", "qsdfghjklm", "secret", "soleil", "uiop", "wxcvbn", "marseille", "toulouse", "football", "rugby"],
    *["motdepasse", "mdp", "password", "admin", "administrateur", "administration", "connexion", "identifiant"],
    *["college", "lycee", "ecole", "eleve", "parent", "professeur", "enseignant", "ent", "monent"],
]
_NOTHING_ELSE = re.compile(f"(?:{'|'.join(sorted(COMMON, key=len, reverse=True))})+")


class NotAllDigitsValidator:
    """Twelve digits are 40 bits; the CNIL asks for 50 where attempts are throttled (délibération 2022-100)."""

    def validate(self, password: str, user: object = None) -> None:
        if password.isdigit() and len(password) < ENOUGH_DIGITS:
            raise ValidationError(
                _("Un mot de passe fait seulement de chiffres doit en compter au moins %(count)d."),
                code="password_all_digits",
                params={"count": ENOUGH_DIGITS},
            )

    def get_help_text(self) -> str:
        return str(_("Votre mot de passe ne peut pas être fait seulement de chiffres."))


class FrenchCommonPasswordValidator:
    """A word that everybody thinks of stays one with digits, capitals or a dot around it."""

    def validate(self, password: str, user: object = None) -> None:
        unmarked = unicodedata.normalize("NFKD", password).casefold()
        letters = "".join(c for c in unmarked if c.isalpha())
        if _NOTHING_ELSE.fullmatch(letters):
            raise ValidationError(
                _("Ce mot de passe est trop courant : une phrase de quatre mots vaut mieux."),
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        return str(_("Votre mot de passe ne peut pas être un mot que tout le monde essaie."))
