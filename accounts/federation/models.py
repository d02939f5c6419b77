from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.federation.querysets import IdentityProviderQuerySet
from accounts.identity.models import Identifier


class IdentityProvider(models.Model):
    """A SAML provider that vouches for some of the people; the rectorate configures it in the admin.

    Certificates are several while a provider changes its key: any of them is accepted.
    """

    class Audience(models.TextChoices):
        FAMILY = "family", _("Élève ou parent")
        STAFF = "staff", _("Personnel de l’Éducation nationale")
        AGRICULTURE = "agriculture", _("Lycée agricole")
        OTHER = "other", _("Autre")

    class IdentifierFormat(models.TextChoices):
        # {AAF}16|…|2867253, several values: EduConnect's FrEduCtRefId.
        REFERENCE = "reference", _("références {AAF}académie|…|clé")
        PLAIN = "plain", _("clé seule")

    slug = models.SlugField(_("nom court"), unique=True, help_text=_("Dans les adresses : educonnect."))
    name = models.CharField(_("nom"), max_length=80, help_text=_("Comme les personnes l’appellent : EduConnect."))
    audience = models.CharField(_("pour qui"), max_length=12, choices=Audience)
    entity_id = models.CharField(_("entityID"), max_length=300, blank=True)
    metadata_url = models.URLField(_("adresse des métadonnées"), max_length=300, blank=True)
    metadata_file = models.TextField(_("métadonnées"), blank=True, help_text=_("Le fichier XML, collé ici."))
    metadata_certificate = models.TextField(
        _("certificat des métadonnées"),
        blank=True,
        help_text=_("De qui les publie, en PEM : elles sont alors refusées sans sa signature."),
    )
    sso_url = models.URLField(_("adresse de connexion"), max_length=300, blank=True)
    slo_url = models.URLField(_("adresse de déconnexion"), max_length=300, blank=True)
    certificates = models.JSONField(_("certificats"), default=list, blank=True, help_text=_("En PEM, un ou plusieurs."))
    identifier_attribute = models.CharField(
        _("attribut de l’identifiant"), max_length=120, help_text=_("Nom ou OID : FrEduCtRefId.")
    )
    identifier_format = models.CharField(
        _("format de l’identifiant"), max_length=12, choices=IdentifierFormat, default=IdentifierFormat.REFERENCE
    )
    scheme = models.CharField(_("annuaire"), max_length=12, choices=Identifier.Scheme, default=Identifier.Scheme.AAF)
    realm = models.CharField(
        _("académie"), max_length=12, blank=True, help_text=_("Pour les clés seules : le code de leur académie.")
    )
    allows_unsolicited = models.BooleanField(_("accepte une connexion commencée chez le fournisseur"), default=False)
    is_active = models.BooleanField(_("en service"), default=True)
    refreshed_at = models.DateTimeField(_("métadonnées lues le"), null=True, blank=True)
    refresh_error = models.CharField(_("dernière erreur"), max_length=300, blank=True)

    objects = IdentityProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("fournisseur d’identité")
        verbose_name_plural = _("fournisseurs d’identité")
        ordering = ["audience", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["entity_id"], condition=~models.Q(entity_id=""), name="accounts_idp_entity_id"
            ),
        ]

    def __str__(self) -> str:
        return self.name
