from __future__ import annotations

from typing import Any

import allauth.socialaccount.admin  # noqa: F401 — registers what is taken away below
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from cryptography import x509
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.federation import actions
from accounts.federation.models import IdentityProvider

# Providers are the rows below, and links of persons are made by signing in: no second place to edit either.
for _model in (SocialApp, SocialToken, SocialAccount):
    admin.site.unregister(_model)


@admin.register(IdentityProvider)
class IdentityProviderAdmin(admin.ModelAdmin):
    """Saving reads the metadata; so does the action, for those whose certificate changes today."""

    list_display = ["name", "audience", "is_active", "is_ready", "refreshed_at", "refresh_error"]
    list_filter = ["audience", "is_active"]
    search_fields = ["name", "slug", "entity_id"]
    actions = ["read_metadata"]
    readonly_fields = [
        "sso_url",
        "slo_url",
        "known_certificates",
        "refreshed_at",
        "refresh_error",
        "addresses",
        "schools",
    ]
    fieldsets = [
        (None, {"fields": ["name", "slug", "audience", "is_active", "schools"]}),
        (
            _("Métadonnées du fournisseur"),
            {
                "description": _(
                    "Une adresse, ou le fichier collé. Elles sont lues à l’enregistrement, puis chaque nuit."
                ),
                "fields": ["metadata_url", "metadata_file", "metadata_certificate", "entity_id"],
            },
        ),
        (
            _("Qui est qui"),
            {"fields": ["identifier_attribute", "identifier_format", "scheme", "realm", "allows_unsolicited"]},
        ),
        (
            _("Ce qui en a été lu"),
            {"fields": ["sso_url", "slo_url", "known_certificates", "refreshed_at", "refresh_error"]},
        ),
        (_("À donner au fournisseur"), {"fields": ["addresses"]}),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # The short name is in the addresses that the provider was given, and in the links of its people.
        return [*self.readonly_fields, "slug"] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: IdentityProvider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        read_from = {"metadata_url", "metadata_file", "metadata_certificate", "entity_id"}
        if not change or read_from & set(form.changed_data):
            self._read(request, obj)

    @admin.action(description=_("Lire les métadonnées maintenant"), permissions=["change"])
    def read_metadata(self, request: HttpRequest, providers: QuerySet[IdentityProvider]) -> None:
        for provider in providers:
            self._read(request, provider)

    def _read(self, request: HttpRequest, provider: IdentityProvider) -> None:
        if actions.refresh(provider=provider):
            said = _("%(name)s : métadonnées lues, %(count)d certificat(s).")
            count = len(provider.certificates)
            self.message_user(request, said % {"name": provider, "count": count}, messages.SUCCESS)
        else:
            said = _("%(name)s : %(error)s Ce qui était connu reste en service.")
            self.message_user(request, said % {"name": provider, "error": provider.refresh_error}, messages.ERROR)

    @admin.display(description=_("prêt"), boolean=True)
    def is_ready(self, provider: IdentityProvider) -> bool:
        return bool(provider.entity_id and provider.sso_url and provider.certificates)

    @admin.display(description=_("certificats"))
    def known_certificates(self, provider: IdentityProvider) -> str:
        known = [x509.load_pem_x509_certificate(pem.encode()) for pem in provider.certificates]
        rows = [(found.subject.rfc4514_string(), found.not_valid_after_utc.date()) for found in known]
        return format_html_join("", "<p>{} – jusqu’au {}</p>", rows) or "–"

    @admin.display(description=_("adresses"))
    def addresses(self, provider: IdentityProvider) -> str:
        if not provider.pk:
            return "–"
        names = {"saml_metadata": "Métadonnées et entityID", "saml_acs": "ACS (POST)", "saml_sls": "SLO (Redirect)"}
        rows = [(label, reverse(name, args=[provider.slug])) for name, label in names.items()]
        return format_html_join("", "<p>{} : {}</p>", rows)

    @admin.display(description=_("établissements"))
    def schools(self, provider: IdentityProvider) -> str:
        if not provider.pk:
            return "–"
        served = [
            str(row.establishment or row.authority)
            for row in provider.serves.select_related("establishment", "authority")
        ]
        return ", ".join(served) or str(_("tous ; pour restreindre, ouvrez un établissement ou une autorité"))
