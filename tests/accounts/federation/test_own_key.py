"""With a key of our own: what we ask is signed, and what the provider encrypts for us is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import xmlsec
from lxml import etree

from accounts.federation import saml
from accounts.models import User
from tests.accounts.federation.conftest import Federation, add_provider
from tests.accounts.federation.idp import BINDING_HTTP_REDIRECT, NS, Keys
from tests.accounts.federation.test_refused import assert_refused
from tests.browser import Browser
from tests.cast import Cast

XENC = "http://www.w3.org/2001/04/xmlenc#"


@pytest.fixture
def own(tmp_path: Path, settings: Any) -> Iterator[Keys]:
    made = Keys.make(tmp_path, "portal")
    settings.ENT_SAML_KEY, settings.ENT_SAML_CERTIFICATE = str(made.key), str(made.certificate)
    saml._own_keys.cache_clear()
    yield made
    saml._own_keys.cache_clear()


@pytest.fixture
def federation(own: Keys, cast: Cast, keys: dict[str, Keys], client: Browser) -> Federation:
    return add_provider("educonnect", keys["first"], client)


def encrypted_for(keys: Keys) -> Any:
    """Puts the signed assertion into an envelope that this key alone opens, as providers do."""

    def hide(root: Any) -> None:
        assertion = root.find("saml:Assertion", NS)
        around = etree.Element(f"{{{NS['saml']}}}EncryptedAssertion", nsmap={"saml": NS["saml"]})
        root.replace(assertion, around)
        around.append(assertion)
        template = xmlsec.template.encrypted_data_create(
            assertion, xmlsec.Transform.AES256, type=xmlsec.EncryptionType.ELEMENT, ns="xenc"
        )
        xmlsec.template.encrypted_data_ensure_cipher_value(template)
        info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
        key = xmlsec.template.add_encrypted_key(info, xmlsec.Transform.RSA_OAEP)
        xmlsec.template.encrypted_data_ensure_cipher_value(key)
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_file(str(keys.certificate), xmlsec.KeyFormat.CERT_PEM))
        context = xmlsec.EncryptionContext(manager)
        context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
        context.encrypt_xml(template, assertion)
        assert b"nameid-of" not in etree.tostring(root)

    return hide


def test_request_is_signed_and_the_provider_finds_it_so(federation: Federation) -> None:
    answer = federation.browser.get("/connexion/educonnect/")
    url = urlsplit(answer["Location"])
    sent = dict(part.split("=", 1) for part in url.query.split("&"))

    assert sent["SigAlg"].endswith("rsa-sha256")
    federation.idp.server.config.setattr("idp", "want_authn_requests_signed", True)
    parsed = parse(federation, url.query)
    assert parsed.message.issuer.text == federation.audience


def test_request_changed_on_its_way_is_refused_by_the_provider(federation: Federation) -> None:
    federation.idp.server.config.setattr("idp", "want_authn_requests_signed", True)
    query = urlsplit(federation.browser.get("/connexion/educonnect/", {"next": "/compte/"})["Location"]).query
    other = urlsplit(federation.browser.get("/connexion/educonnect/")["Location"]).query
    mixed = "&".join(
        part
        if part.startswith(("SAMLRequest", "RelayState"))
        else next(own for own in other.split("&") if own.split("=")[0] == part.split("=")[0])
        for part in query.split("&")
    )

    with pytest.raises(Exception, match=r"(?i)sign|verif"):
        parse(federation, mixed)


def parse(federation: Federation, query: str) -> Any:
    """As the provider reads it: with the signature over the query as it was sent."""
    sent = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    return federation.idp.server.parse_authn_request(
        sent["SAMLRequest"],
        BINDING_HTTP_REDIRECT,
        relay_state=sent.get("RelayState"),
        sigalg=sent["SigAlg"],
        signature=sent["Signature"],
    )


def test_our_metadata_hold_the_certificate_for_both_uses(federation: Federation, own: Keys) -> None:
    root = etree.fromstring(federation.browser.get("/connexion/educonnect/metadata/").content)

    uses = {descriptor.get("use") for descriptor in root.findall(".//md:KeyDescriptor", NS)}
    assert uses == {"signing", "encryption"}
    assert root.find("md:SPSSODescriptor", NS).get("AuthnRequestsSigned") == "true"
    body = "".join(own.pem.splitlines()[1:-1])
    assert {"".join(node.text.split()) for node in root.iter(f"{{{NS['ds']}}}X509Certificate")} == {body}


def test_encrypted_assertion_signs_in(federation: Federation, ines: User, own: Keys) -> None:
    federation.sign_in(after=encrypted_for(own))

    assert federation.signed_in == str(ines.pk)


def test_assertion_encrypted_for_another_key(federation: Federation, ines: User, keys: dict[str, Keys]) -> None:
    assert_refused(federation, federation.sign_in(after=encrypted_for(keys["second"])), "Rien ne prouve")


def test_encrypted_assertion_that_nobody_signed(federation: Federation, ines: User, own: Keys) -> None:
    assert_refused(federation, federation.sign_in(unsigned=True, after=encrypted_for(own)), "Rien ne prouve")


def test_encrypted_assertion_that_a_stranger_signed(
    federation: Federation, ines: User, own: Keys, keys: dict[str, Keys]
) -> None:
    answer = federation.sign_in(keys=keys["stranger"], after=encrypted_for(own))

    assert_refused(federation, answer, "Rien ne prouve")
