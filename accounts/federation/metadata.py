"""A provider's metadata: fetched or pasted, read without trusting them, and refused as a whole when a part is wrong."""

from __future__ import annotations

import socket
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.utils.translation import gettext as _
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Saml
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML
from requests.adapters import HTTPAdapter

MOST_BYTES = 1_000_000
MOST_CERTIFICATES = 10
MOST_ADDRESSES = 3  # of one name, tried one after the other
SHORTEST_RSA = 2_048  # bits; ANSSI, SDE-NT-35
SECONDS = 10
ONE = "./md:IDPSSODescriptor"
SIGNING = f"{ONE}/md:KeyDescriptor[not(@use='encryption')]/ds:KeyInfo/ds:X509Data/ds:X509Certificate"


# No SHA-1, and no transformation that takes a part of the document away.
SIGNED_BY = {
    Saml.RSA_SHA256, Saml.RSA_SHA384, Saml.RSA_SHA512, Saml.SHA256, Saml.SHA384, Saml.SHA512,
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
}  # fmt: skip


class MetadataError(Exception):
    """Why the metadata are not taken over, in words for the administration."""


@dataclass(frozen=True)
class Metadata:
    entity_id: str
    sso_url: str
    slo_url: str
    certificates: tuple[str, ...]  # PEM


def fetch(url: str) -> str:
    """The metadata at that address: over HTTPS, without following redirections, from no address of our own network."""
    with requests.Session() as session:
        addresses: list[str | None] = [None]
        if not settings.INSECURE_COOKIES:  # plain HTTP on loopback: a demonstration, or a test
            addresses = [*_public_addresses_of(url)][:MOST_ADDRESSES]
        for address in addresses:
            if address is not None:
                session.mount("https://", AtAddress(address))
            try:
                return _got(session, url)
            except (requests.ConnectionError, requests.Timeout, OSError):  # a machine without IPv6, say
                continue
            except (requests.RequestException, ValueError) as error:
                raise MetadataError(_("L’adresse ne répond pas.")) from error
    raise MetadataError(_("L’adresse ne répond pas."))


def _got(session: requests.Session, url: str) -> str:
    with session.get(url, timeout=SECONDS, allow_redirects=False, stream=True) as answer:
        if answer.status_code != 200:
            raise MetadataError(_("L’adresse répond %(status)s.") % {"status": answer.status_code})
        body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
    if len(body) > MOST_BYTES:
        raise MetadataError(_("Le document est trop gros."))
    try:
        return str(body.decode("utf-8-sig"))
    except ValueError as error:
        raise MetadataError(_("Le document n’est pas du texte en UTF-8.")) from error


class AtAddress(HTTPAdapter):
    """Connects to the address that was looked at, whatever the name leads to a moment later.

    The name is what TLS asks for, what the certificate must bear, and what the server reads.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.headers["Host"] = urlsplit(request.url).netloc.rpartition("@")[2]
        return super().send(request, *args, **kwargs)

    def build_connection_pool_key_attributes(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, *args, **kwargs)
        name = host["host"].strip("[]")
        return {**host, "host": self.address}, {**pool, "server_hostname": name, "assert_hostname": name}


def _public_addresses_of(url: str) -> list[str]:
    """Where the name leads, looked up once; refused when any of it is ours."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port or 443
    except ValueError as error:
        raise MetadataError(_("L’adresse ne répond pas.")) from error
    if parts.scheme != "https" or not name:
        raise MetadataError(_("L’adresse doit commencer par https://."))
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise MetadataError(_("L’adresse ne répond pas.")) from error
    addresses = list(dict.fromkeys(str(address[0]).partition("%")[0] for *_rest, address in answers))
    for address in addresses:
        found = ip_address(address)
        # This machine and its host are never asked; a private network only where the region has its providers there.
        ours = found.is_loopback or found.is_link_local or found.is_unspecified or found.is_multicast
        if ours or not (found.is_global or settings.ENT_PRIVATE_PROVIDERS):
            raise MetadataError(_("L’adresse ne mène pas à un fournisseur."))
    return addresses


def read(xml: str, *, entity_id: str = "", certificate: str = "") -> Metadata:
    """The one provider that the document describes; with several, the one of that entityID.

    With a certificate, whoever publishes the document must have signed all of it by that key.
    """
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise MetadataError(_("Le document contient une déclaration DOCTYPE : il est refusé."))
    if len(xml) > MOST_BYTES:
        raise MetadataError(_("Le document est trop gros."))
    try:
        root = OneLogin_Saml2_XML.to_etree(xml.strip())
    except Exception as error:  # lxml's and python3-saml's, for whatever was pasted
        raise MetadataError(_("Le document n’est pas du XML lisible.")) from error
    if certificate:
        _require_signed(root, certificate)
    entity = _entity_in(root, entity_id)
    _require_current(root, entity)
    found = Metadata(
        entity_id=entity.get("entityID", ""),
        sso_url=_location_of("SingleSignOnService", entity),
        slo_url=_location_of("SingleLogoutService", entity),
        certificates=_certificates_of(entity),
    )
    if not found.sso_url:
        raise MetadataError(_("Il manque l’adresse de connexion (SingleSignOnService, HTTP-Redirect)."))
    return found


def _require_signed(root: Any, certificate: str) -> None:
    """The signature of the whole document, and nothing that would leave a part of it out."""
    signatures = root.findall(f"{{{Saml.NS_DS}}}Signature")
    info = signatures[0].find(f"{{{Saml.NS_DS}}}SignedInfo") if len(signatures) == 1 else None
    if info is None:
        raise MetadataError(_("Le document n’est pas signé."))
    used = {node.get("Algorithm") for node in info.iter() if node.get("Algorithm")}
    covered = [reference.get("URI") for reference in info.findall(f"{{{Saml.NS_DS}}}Reference")]
    own_id = root.get("ID", "")
    is_whole = covered == [f"#{own_id}"] and len(root.xpath("//*[@ID=$own]", own=own_id)) == 1
    if not used <= SIGNED_BY or not is_whole:
        raise MetadataError(_("La signature du document est d’un genre refusé."))
    xmlsec.tree.add_ids(root, ["ID"])
    try:
        OneLogin_Saml2_Utils.validate_node_sign(signatures[0], root, cert=pem_of(certificate), raise_exceptions=True)
    except MetadataError:
        raise
    except Exception as error:  # what a hostile document can make the libraries raise is not a list that ends
        raise MetadataError(_("La signature du document n’est pas celle du certificat.")) from error


def _entity_in(root: object, entity_id: str) -> object:
    described = OneLogin_Saml2_XML.query(root, "//md:EntityDescriptor[md:IDPSSODescriptor]")
    entities = [entity for entity in described if not entity_id or entity.get("entityID") == entity_id]
    if described and not entities:
        raise MetadataError(_("Le document ne décrit pas %(entity)s.") % {"entity": entity_id})
    if len(entities) != 1 or not entities[0].get("entityID"):
        raise MetadataError(_("Le document doit décrire un fournisseur, et un seul ; indiquez son entityID."))
    return entities[0]


def _require_current(*elements: object) -> None:
    for element in elements:
        until = element.get("validUntil")  # type: ignore[attr-defined]
        try:
            is_past = bool(until) and OneLogin_Saml2_Utils.parse_SAML_to_time(until) < datetime.now(UTC).timestamp()
        except Exception as error:  # python3-saml raises a bare Exception for a date that it cannot read
            raise MetadataError(_("La date de fin de validité est illisible.")) from error
        if is_past:
            raise MetadataError(_("Les métadonnées ne sont plus valables depuis le %(until)s.") % {"until": until})


def _location_of(service: str, entity: object) -> str:
    nodes = OneLogin_Saml2_XML.query(entity, f"{ONE}/md:{service}[@Binding='{Saml.BINDING_HTTP_REDIRECT}']")
    url = str(nodes[0].get("Location", "")) if nodes else ""
    schemes = ("https", "http") if settings.INSECURE_COOKIES else ("https",)
    if url and (urlsplit(url).scheme not in schemes or not urlsplit(url).hostname or len(url) > 300):
        raise MetadataError(_("Une adresse du fournisseur n’est pas en https."))
    return url


def _certificates_of(entity: object) -> tuple[str, ...]:
    texts = [OneLogin_Saml2_XML.element_text(node) for node in OneLogin_Saml2_XML.query(entity, SIGNING)]
    if not texts:
        raise MetadataError(_("Il manque le certificat de signature."))
    if len(texts) > MOST_CERTIFICATES:
        raise MetadataError(_("Il y a trop de certificats."))
    return tuple(dict.fromkeys(pem_of(text or "") for text in texts))


def pem_of(text: str) -> str:
    """One certificate, written as PEM, whether it came so or in bare base64.

    Its dates are not looked at: in metadata a certificate only carries a key.
    """
    body = "".join(line for line in text.split() if line not in ("-----BEGIN", "CERTIFICATE-----", "-----END"))
    pem = "\n".join(["-----BEGIN CERTIFICATE-----", *textwrap.wrap(body, 64), "-----END CERTIFICATE-----", ""])
    try:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except ValueError as error:
        raise MetadataError(_("Un certificat est illisible.")) from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SHORTEST_RSA:
        raise MetadataError(_("Une clé de moins de 2 048 bits est refusée."))
    return pem
