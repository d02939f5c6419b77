"""SAML with one provider: our settings for it, and the reading of what it answers.

python3-saml checks signatures, algorithms, issuers and times. What it leaves open when an element is missing
(audience, recipient, end of validity, the request that is answered) is closed here.
"""

from __future__ import annotations

import base64
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.cache import cache as shared
from django.http import HttpRequest
from django.urls import reverse
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Saml
from onelogin.saml2.errors import OneLogin_Saml2_ValidationError as Invalid
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from redis.exceptions import RedisError

from accounts.federation.models import IdentityProvider
from accounts.federation.problems import Problem, RefusedError

MOST_BYTES = 256 * 1024  # of a message in base64; real ones have 5 to 20 kB
DRIFT = Saml.ALLOWED_CLOCK_DRIFT  # seconds

PROBLEMS = {
    Invalid.STATUS_CODE_IS_NOT_SUCCESS: Problem.DECLINED,
    Invalid.ASSERTION_EXPIRED: Problem.EXPIRED,
    Invalid.SESSION_EXPIRED: Problem.EXPIRED,
    Invalid.RESPONSE_EXPIRED: Problem.EXPIRED,
    Invalid.ASSERTION_TOO_EARLY: Problem.TOO_EARLY,
    Invalid.WRONG_AUDIENCE: Problem.NOT_FOR_US,
    Invalid.WRONG_DESTINATION: Problem.NOT_FOR_US,
    Invalid.EMPTY_DESTINATION: Problem.NOT_FOR_US,
    Invalid.WRONG_SUBJECTCONFIRMATION: Problem.NOT_FOR_US,
}


@dataclass(frozen=True)
class Vouched:
    """What a provider says of somebody, in an assertion that was verified."""

    provider: str
    entity_id: str
    name_id: str
    name_id_format: str
    session_index: str
    # The request of ours that is answered; empty when the provider speaks first.
    in_response_to: str
    attributes: dict[str, list[str]]
    # How the person proved who they are, in the provider's words.
    contexts: list[str]
    relay_state: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_transient(self) -> bool:
        """The name is another at each sign-in: it says nothing about who came the last time."""
        return self.name_id_format == Saml.NAMEID_TRANSIENT

    def values_of(self, name: str) -> list[str]:
        """An attribute by its name or its OID, with or without the prefix of a URN."""
        for key in (name, f"urn:oid:{name}"):
            if key in self.attributes:
                return self.attributes[key]
        return []


# --- Settings -------------------------------------------------------------------------------------------------


@cache
def _own_keys() -> tuple[str, str]:
    """Our private key and certificate, when the region has given us some: then what we send is signed."""
    if not settings.ENT_SAML_KEY:
        return "", ""
    return Path(settings.ENT_SAML_KEY).read_text(), Path(settings.ENT_SAML_CERTIFICATE).read_text()


def settings_for(provider: IdentityProvider, request: HttpRequest, *, signed_messages: bool = False) -> dict[str, Any]:
    """python3-saml's settings; logout messages must be signed themselves, where sign-ins carry a signed assertion."""
    key, certificate = _own_keys()
    return {
        "strict": True,
        "debug": False,
        "security": {
            "authnRequestsSigned": bool(key),
            "logoutRequestSigned": bool(key),
            "logoutResponseSigned": bool(key),
            "signMetadata": False,
            "wantAssertionsSigned": True,
            "wantMessagesSigned": signed_messages,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "allowRepeatAttributeName": True,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
            "allowSingleLabelDomains": settings.INSECURE_COOKIES,
            "signatureAlgorithm": Saml.RSA_SHA256,
            "digestAlgorithm": Saml.SHA256,
        },
        "sp": {
            "entityId": own_url(request, "saml_metadata", provider),
            "assertionConsumerService": {
                "url": own_url(request, "saml_acs", provider),
                "binding": Saml.BINDING_HTTP_POST,
            },
            "singleLogoutService": {
                "url": own_url(request, "saml_sls", provider),
                "binding": Saml.BINDING_HTTP_REDIRECT,
            },
            "NameIDFormat": Saml.NAMEID_UNSPECIFIED,
            "x509cert": certificate,
            "privateKey": key,
        },
        "idp": {
            "entityId": provider.entity_id,
            "singleSignOnService": {"url": provider.sso_url, "binding": Saml.BINDING_HTTP_REDIRECT},
            "singleLogoutService": {"url": provider.slo_url, "binding": Saml.BINDING_HTTP_REDIRECT},
            # Any of them is accepted: that is how a provider changes its key without an outage.
            "x509certMulti": {"signing": list(provider.certificates)},
        },
    }


def own_url(request: HttpRequest, name: str, provider: IdentityProvider) -> str:
    return request.build_absolute_uri(reverse(name, args=[provider.slug]))


def conversation(provider: IdentityProvider, request: HttpRequest, *, signed_messages: bool = False) -> Any:
    """What python3-saml makes and reads messages with."""
    return OneLogin_Saml2_Auth(
        _as_python3_saml(request), settings_for(provider, request, signed_messages=signed_messages)
    )


def _as_python3_saml(request: HttpRequest) -> dict[str, Any]:
    return {
        "https": "on" if request.is_secure() else "off",
        "http_host": request.get_host(),
        "script_name": request.path_info,
        "get_data": request.GET.dict(),
        "post_data": request.POST.dict(),
        # What was signed is the query as it was sent, not as we would write it.
        "query_string": request.META.get("QUERY_STRING", ""),
        "validate_signature_from_qs": True,
    }


def metadata_of(provider: IdentityProvider, request: HttpRequest) -> bytes:
    """What the provider must know of us; it can be had before we know the provider's own."""
    data = settings_for(provider, request)
    # Only so does python3-saml name our key for encryption too; we do not ask for it, and read what comes so.
    data["security"]["wantAssertionsEncrypted"] = bool(data["sp"]["privateKey"])
    ours = OneLogin_Saml2_Settings(data, sp_validation_only=True)
    metadata = ours.get_sp_metadata()
    return metadata if isinstance(metadata, bytes) else metadata.encode()


# --- Reading a response ---------------------------------------------------------------------------------------


class StrictResponse(OneLogin_Saml2_Response):  # type: ignore[misc]
    """Everything below is read from the assertion whose signature was verified, never by its place in the document."""

    def require_what_may_be_missing(self, acs: str) -> None:
        if not self.get_audiences():
            raise RefusedError(Problem.NOT_FOR_US, "no audience")
        if self.document.get("Destination") not in (None, acs):
            raise RefusedError(Problem.NOT_FOR_US, "destination")
        if not self.confirmations(acs):
            raise RefusedError(Problem.NOT_FOR_US, "no bearer confirmation for us with an end and our request")

    def confirmations(self, acs: str) -> list[Any]:
        """Bearer confirmations for exactly our address, with an end, that answer what the response answers."""
        wanted = self.document.get("InResponseTo")
        found = self._query_assertion(
            f"/saml:Subject/saml:SubjectConfirmation[@Method='{Saml.CM_BEARER}']/saml:SubjectConfirmationData"
        )
        return [
            data
            for data in found
            # The response itself may be unsigned: what counts is the request named inside the assertion.
            if data.get("Recipient") == acs and data.get("NotOnOrAfter") and data.get("InResponseTo") == wanted
        ]

    def ends_at(self) -> int:
        """The moment, in seconds since 1970, after which the assertion is refused anyway."""
        ends = [
            OneLogin_Saml2_Utils.parse_SAML_to_time(node.get("NotOnOrAfter"))
            for path in ("/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", "/saml:Conditions")
            for node in self._query_assertion(path)
            if node.get("NotOnOrAfter")
        ]
        return max(ends) + DRIFT

    def assertion_id(self) -> str:
        (assertion,) = self._query_assertion("")
        return str(assertion.get("ID"))


def read_response(provider: IdentityProvider, request: HttpRequest) -> Vouched:
    """What the posted response says, once everything about it was checked. It cannot be read twice.

    Raises RefusedError, whatever was posted.
    """
    encoded = request.POST.get("SAMLResponse", "")
    acs = own_url(request, "saml_acs", provider)
    _refuse_odd_documents(encoded)
    try:
        response = StrictResponse(OneLogin_Saml2_Settings(settings_for(provider, request)), encoded)
        response.is_valid(_as_python3_saml(request), raise_exceptions=True)
        response.require_what_may_be_missing(acs)
        vouched = _vouched_in(response, provider, request)
    except RefusedError:
        raise
    except Invalid as error:
        raise RefusedError(PROBLEMS.get(error.code, Problem.UNTRUSTED), f"code {error.code}") from error
    except Exception as error:  # what a hostile document can make three libraries raise is not a list that ends
        raise RefusedError(Problem.UNTRUSTED, type(error).__name__) from error
    _use_once(provider, response)
    return vouched


def _refuse_odd_documents(encoded: str) -> None:
    """No declaration, entity, comment or CDATA: no provider sends them, and parsers have disagreed about each."""
    if not encoded or len(encoded) > MOST_BYTES:
        raise RefusedError(Problem.UNTRUSTED, "no response, or too long")
    try:
        document = base64.b64decode("".join(encoded.split()), validate=True).decode("utf-8")
    except ValueError as error:
        raise RefusedError(Problem.UNTRUSTED, "not UTF-8 in base64") from error
    if "<!" in document or "\0" in document:
        raise RefusedError(Problem.UNTRUSTED, "a declaration or a comment")
    # In UTF-7, which parsers know, the same would be written in other characters.
    declared = re.match(r"\s*<\?xml[^>]*\bencoding\s*=\s*[\"']([^\"']*)", document)
    if declared and declared[1].lower() not in ("utf-8", "us-ascii"):
        raise RefusedError(Problem.UNTRUSTED, "not UTF-8")


def _vouched_in(response: StrictResponse, provider: IdentityProvider, request: HttpRequest) -> Vouched:
    attributes: dict[str, list[str]] = {}
    for named in (response.get_friendlyname_attributes(), response.get_attributes()):
        for name, values in named.items():
            attributes[str(name)] = [str(value) for value in values if value]
    return Vouched(
        provider=provider.slug,
        entity_id=provider.entity_id,
        name_id=response.get_nameid(),
        name_id_format=response.get_nameid_format() or "",
        session_index=response.get_session_index() or "",
        in_response_to=response.get_in_response_to() or "",
        attributes=attributes,
        contexts=[str(context) for context in response.get_authn_contexts() if context],
        relay_state=request.POST.get("RelayState", "")[:2_000],
    )


def _use_once(provider: IdentityProvider, response: StrictResponse) -> None:
    """Every worker sees that the assertion was used; without the memory that they share, nobody comes in."""
    key = sha256(f"{provider.entity_id}\0{response.assertion_id()}".encode()).hexdigest()
    lasts = max(response.ends_at() - int(datetime.now(UTC).timestamp()), 1)
    try:
        is_new = shared.add(f"saml:used:{key}", 1, timeout=lasts)
    except RedisError as error:
        raise RefusedError(Problem.UNAVAILABLE, "no shared memory") from error
    if not is_new:
        raise RefusedError(Problem.REPLAYED)
