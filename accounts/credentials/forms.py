from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.credentials.proofs import BIRTH_DATE, CHILD_BIRTH_DATE, LAST_NAME
from accounts.identity.models import User
from ent.portal.forms import PasswordInput

LONGEST = 128  # characters of a password: hashing more would cost us, and protect nobody
WRITTEN_DATES = ["%d/%m/%Y", "%d%m%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m-%d"]


class CodeField(forms.CharField):
    """A code as it is read on paper. `data-ent-fragment`: the QR's, which stands after the # of the address."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "autocomplete": "off",
            "autocapitalize": "characters",
            "autocorrect": "off",
            "spellcheck": "false",
            "data-ent-fragment": True,
        }
        super().__init__(max_length=40, widget=forms.TextInput(attrs), **kwargs)


class WrittenDateField(forms.DateField):
    """A date typed as it is said: a calendar would take a hundred taps to reach a birth date."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=WRITTEN_DATES,
            widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
            help_text=_("Jour, mois, année. Exemple : 24/03/2013."),
            error_messages={
                "required": _("Écrivez la date de naissance."),
                "invalid": _("Écrivez la date avec le jour, le mois et l’année : 24/03/2013."),
            },
            **kwargs,
        )


class CodeForm(forms.Form):
    code = CodeField(
        label=_("Code de la fiche"),
        help_text=_("Dix lettres et chiffres. Exemple : K7QF\u20113MXD\u20119T."),
        error_messages={"required": _("Écrivez le code de la fiche.")},
    )


class ChildBirthDateForm(forms.Form):
    answer = WrittenDateField(label=_("Date de naissance de votre enfant"))


class BirthDateForm(forms.Form):
    answer = WrittenDateField(label=_("Date de naissance de la personne nommée sur la fiche"))


class LastNameForm(forms.Form):
    answer = forms.CharField(
        label=_("Nom de famille de la personne à qui la fiche est adressée"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez le nom de famille.")},
    )


PROOF_FORMS = {CHILD_BIRTH_DATE: ChildBirthDateForm, BIRTH_DATE: BirthDateForm, LAST_NAME: LastNameForm}


class PersonForm(forms.Form):
    """About the account of one person."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class PasswordForm(PersonForm):
    """A new password, typed once: it can be shown."""

    password = forms.CharField(
        label=_("Nouveau mot de passe"),
        help_text=_("Douze caractères au moins ; ni votre nom, ni un mot de passe courant, ni des chiffres seuls."),
        max_length=LONGEST,
        strip=False,
        widget=PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": _("Choisissez un mot de passe.")},
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


def phone_field() -> forms.CharField:
    return forms.CharField(
        label=_("Téléphone"),
        required=False,
        max_length=20,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
        validators=[RegexValidator(r"^\+?[0-9][0-9 .()-]{5,}$", _("Écrivez un numéro : 06 12 34 56 78."))],
    )


def email_field() -> forms.EmailField:
    return forms.EmailField(
        label=_("Adresse électronique"),
        required=False,
        help_text=_("Pour choisir un nouveau mot de passe si vous l’oubliez."),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"invalid": _("Écrivez l’adresse en entier : prenom.nom@exemple.fr.")},
    )


class ActivationForm(PasswordForm):
    email = email_field()
    phone = phone_field()


class RecoverForm(forms.Form):
    username = forms.CharField(
        label=_("Identifiant"),
        max_length=150,
        help_text=_("Celui de la fiche : prenom.nom, le plus souvent."),
        widget=forms.TextInput(
            {"autocomplete": "username", "autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}
        ),
        error_messages={"required": _("Écrivez votre identifiant.")},
    )


class RecoveryLinkForm(forms.Form):
    code = forms.CharField(
        label=_("Code du message"),
        max_length=120,
        help_text=_("La suite de lettres et de chiffres à la fin du lien, après le signe #."),
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "data-ent-fragment": True}
        ),
        error_messages={"required": _("Collez le code qui est dans le message.")},
    )


class OwnPasswordForm(PersonForm):
    """Whoever changes something of their way in says their password first, if they have one."""

    current = forms.CharField(
        label=_("Mot de passe actuel"),
        max_length=LONGEST,
        strip=False,
        widget=PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": _("Écrivez votre mot de passe actuel.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.user.has_usable_password():
            del self.fields["current"]

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise forms.ValidationError(_("Ce n’est pas votre mot de passe actuel."), code="wrong_password")
        return current


class ChangePasswordForm(PasswordForm, OwnPasswordForm):
    field_order = ["current", "password"]

    def clean(self) -> None:
        super().clean()
        password = self.cleaned_data.get("password")
        if password and password == self.cleaned_data.get("current"):
            self.add_error("password", _("C’est le même : choisissez-en un autre."))


class ContactForm(OwnPasswordForm):
    email = email_field()
    phone = phone_field()
    field_order = ["email", "phone", "current"]
