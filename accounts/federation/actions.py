from __future__ import annotations

import logging
from collections.abc import Collection
from hashlib import sha256

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.audit.actions import record
from accounts.federation import metadata
from accounts.federation.identifiers import references_in
from accounts.federation.metadata import MetadataError
from accounts.federation.models import IdentityProvider
from accounts.federation.saml import Vouched
from accounts.models import User
from ent.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)


# --- Metadata -------------------------------------------------------------------------------------------------


def refresh(*, provider: IdentityProvider) -> bool:
    """Read the provider's metadata again; what worked is kept until what is new was found good.

    Returns whether it was. Why not is in `refresh_error`.
    """
    try:
        xml = metadata.fetch(provider.metadata_url) if provider.metadata_url else provider.metadata_file
        found = metadata.read(xml, entity_id=provider.entity_id, certificate=provider.metadata_certificate)
        _take_over(provider, found)
    except MetadataError as error:
        log.warning("metadata of %s not taken over: %s", provider.slug, error)
        provider.refresh_error = str(error)[:300]
        provider.save(update_fields=["refresh_error"])
        return False
    return True


def _take_over(provider: IdentityProvider, found: metadata.Metadata) -> None:
    provider.entity_id, provider.sso_url, provider.slo_url = found.entity_id, found.sso_url, found.slo_url
    provider.certificates = list(found.certificates)
    provider.refreshed_at, provider.refresh_error = timezone.now(), ""
    try:
        with transaction.atomic():
            provider.save(
                update_fields=["entity_id", "sso_url", "slo_url", "certificates", "refreshed_at", "refresh_error"]
            )
    except IntegrityError as error:
        provider.refresh_from_db()
        raise MetadataError("Un autre fournisseur a déjà cet entityID.") from error


def refresh_all() -> None:
    """All that have an address; one that fails keeps what it had, and holds up no other."""
    for provider in IdentityProvider.objects.with_metadata():
        refresh(provider=provider)


# --- Who it is ------------------------------------------------------------------------------------------------


def people_vouched_for(*, provider: IdentityProvider, vouched: Vouched) -> list[User]:
    """The accounts that the provider's word opens: those linked to its name for the person, and those of the keys.

    Never by e-mail, never by name; and never a superuser: whoever sets providers up would rise by one of their own.
    """
    linked = SocialAccount.objects.filter(provider=provider.slug, uid__startswith=f"{subject_of(vouched)}:")
    known = Q(pk__in=[] if vouched.is_transient else linked.values("user"))
    for realm, value in references_in(vouched, provider):
        known |= Q(identifiers__scheme=provider.scheme, identifiers__realm=realm, identifiers__value=value)
    return list(User.objects.filter(known, is_superuser=False).distinct().order_by("sort_name", "pk"))


def subject_of(vouched: Vouched) -> str:
    """One name of one provider: another provider that claims the same name claims somebody else."""
    return sha256(f"{vouched.entity_id}\0{vouched.name_id}".encode()).hexdigest()


def link(*, provider: IdentityProvider, vouched: Vouched, person: User) -> SocialAccount:
    """Bind the provider's name for somebody to their account; the first time is an event of the person's schools."""
    subject = person.pk if vouched.is_transient else f"{subject_of(vouched)}:{person.pk}"
    establishments = schools_of(person)
    with tenant_scope(establishments):
        account, is_new = SocialAccount.objects.get_or_create(
            provider=provider.slug, uid=str(subject), defaults={"user": person}
        )
        if is_new:
            if person.activated_at is None:
                person.activated_at = timezone.now()
                person.save(update_fields=["activated_at"])
            for establishment in sorted(establishments):
                record(
                    verb="federation.linked",
                    by=person,
                    establishment_id=establishment,
                    person=person,
                    reason=f"Première connexion par {provider.name}",
                    provider=provider.slug,
                )
    return account


# --- Upwards, by dotted strings: this floor knows no school -----------------------------------------------------


def schools_of(person: User) -> Collection[int]:
    """The schools in which the person is something today, open or not yet."""
    found: Collection[int] = import_string(settings.ENT_SCHOOLS_OF)(person)
    return found


def serves(*, provider: IdentityProvider, person: User) -> bool:
    return bool(import_string(settings.ENT_PROVIDER_SERVES)(provider, person))


def schools_served(*, provider: IdentityProvider, query: str) -> list[tuple[int, str]]:
    """Ids and names of the schools to choose among, by name, town or UAI."""
    found: list[tuple[int, str]] = import_string(settings.ENT_PROVIDER_SCHOOLS)(provider, query)
    return found


def ask_for_help(
    *, provider: IdentityProvider, establishment: int, claimed_name: str, contact: str, description: str, subject: str
) -> None:
    """Open a case on the desk for somebody whom the provider knows and the directory does not."""
    import_string(settings.ENT_UNKNOWN_PERSON)(
        establishment_id=establishment,
        claimed_name=claimed_name,
        contact=contact,
        description=description,
        data={"provider": provider.slug, "provider_name": provider.name, "subject": subject},
    )
