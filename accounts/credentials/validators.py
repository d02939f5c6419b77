from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ENOUGH_DIGITS = 16


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
