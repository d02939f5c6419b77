"""From what a provider says to the directory's own keys: the only link between a provider's people and ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accounts.federation.models import IdentityProvider
from accounts.federation.saml import Vouched

# {AAF}16|…|2867253: the source, the academy, whatever the academy puts between, the person's key.
REFERENCE = re.compile(r"\{(?P<source>[A-Za-z0-9-]+)\}(?P<realm>[^|]{1,12})\|(?:[^|]*\|)*(?P<key>[^|]{1,64})")
MOST, LONGEST = 20, 300  # a guardian has one reference for each academy; far more is no person
FIRST_NAMES = ("urn:oid:2.5.4.42", "givenName", "ctfn", "prenom")
LAST_NAMES = ("urn:oid:2.5.4.4", "sn", "ctln", "nom")


def references_in(vouched: Vouched, provider: IdentityProvider) -> list[tuple[str, str]]:
    """Pairs of realm and key that the provider vouches for; what is not in the expected form is left out."""
    sent = vouched.values_of(provider.identifier_attribute)
    values = [value.strip() for value in sent if len(value) <= LONGEST][:MOST]
    if provider.identifier_format == IdentityProvider.IdentifierFormat.PLAIN:
        return [(provider.realm, value) for value in values if value and provider.realm]
    return sorted(set(_parsed(values, provider)))


def _parsed(values: list[str], provider: IdentityProvider) -> Iterator[tuple[str, str]]:
    for value in values:
        reference = REFERENCE.fullmatch(value)
        if reference is None or reference["source"].lower() != provider.scheme:
            continue
        # An academy's own provider does not vouch for another academy's people.
        if provider.realm in ("", reference["realm"]):
            yield reference["realm"], reference["key"]


def name_in(vouched: Vouched) -> str:
    """The name to show to the desk. It links nobody to anything."""
    parts = (next((v for name in names for v in vouched.values_of(name)), "") for names in (FIRST_NAMES, LAST_NAMES))
    return " ".join(part.strip() for part in parts if part.strip())[:200]
