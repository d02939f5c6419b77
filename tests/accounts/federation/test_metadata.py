"""A provider's metadata: what is taken over, and what leaves things as they were."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from accounts.federation import metadata
from accounts.federation.actions import refresh
from accounts.federation.metadata import MetadataError
from accounts.federation.tasks import refresh_metadata
from accounts.models import IdentityProvider
from tests.accounts.federation.conftest import Federation
from tests.accounts.federation.idp import NS, Keys
from tests.accounts.federation.test_refused import put, with_certificate
from tests.browser import Browser, text_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[Any]:
    """A web server that says what the test put into it."""

    class Site(BaseHTTPRequestHandler):
        says: dict[str, tuple[int, bytes, dict[str, str]]] = {}

        def do_GET(self) -> None:
            status, body, headers = self.says[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    Site.base = f"http://127.0.0.1:{http.server_address[1]}"  # type: ignore[attr-defined]
    Site.says = {}
    yield Site
    http.shutdown()
    http.server_close()


def test_metadata_at_an_address_are_read_by_the_nightly_task(
    federation: Federation, keys: dict[str, Keys], site: Any
) -> None:
    site.says["/m"] = (200, with_certificate(federation.idp.metadata, keys["second"]).encode(), {})
    IdentityProvider.objects.update(metadata_url=f"{site.base}/m", refresh_error="avant")

    refresh_metadata()

    federation.row.refresh_from_db()
    assert len(federation.row.certificates) == 2
    assert federation.row.refresh_error == ""


def edited(edit: Callable[[Any], None]) -> Callable[[str], str]:
    def change(xml: str) -> str:
        root = etree.fromstring(xml.encode())
        edit(root)
        return str(etree.tostring(root, encoding="unicode"))

    return change


def no_certificate(root: Any) -> None:
    for descriptor in root.findall(".//md:KeyDescriptor", NS):
        descriptor.getparent().remove(descriptor)


def wrong_certificate(root: Any) -> None:
    root.find(".//ds:X509Certificate", NS).text = "AAAA"


def twice(xml: str) -> str:
    root = etree.fromstring(xml.encode())
    around = etree.Element(f"{{{NS['md']}}}EntitiesDescriptor", nsmap=NS)
    around.append(root)
    again = etree.fromstring(xml.encode())
    around.append(again)
    return str(etree.tostring(around, encoding="unicode"))


BAD: dict[str, tuple[Callable[[str], str], str]] = {
    "not XML": (lambda xml: "bonjour", "XML lisible"),
    "empty": (lambda xml: "", "XML lisible"),
    "half": (lambda xml: xml[:400], "XML lisible"),
    "doctype": (lambda xml: f"<!DOCTYPE a>{xml}", "DOCTYPE"),
    "entity": (lambda xml: f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>{xml}', "DOCTYPE"),
    "other entity": (edited(put("/md:EntityDescriptor", "entityID", "https://evil.example/")), "ne décrit pas"),
    "two": (twice, "un seul"),
    "no provider": (lambda xml: xml.replace("IDPSSODescriptor", "SPSSODescriptor"), "un seul"),
    "past": (edited(put("/md:EntityDescriptor", "validUntil", "2001-01-01T00:00:00Z")), "ne sont plus valables"),
    "odd end": (edited(put("/md:EntityDescriptor", "validUntil", "demain")), "illisible"),
    "no certificate": (edited(no_certificate), "Il manque le certificat"),
    "wrong certificate": (edited(wrong_certificate), "certificat est illisible"),
    "no address": (edited(put("//md:SingleSignOnService", "Binding", "urn:other")), "adresse de connexion"),
    "odd address": (edited(put("//md:SingleSignOnService", "Location", "javascript:alert(1)")), "https"),
    "long": (lambda xml: xml + " " * 1_000_001, "trop gros"),
}


@pytest.mark.parametrize("what", list(BAD))
def test_metadata_that_are_wrong_leave_what_worked_and_say_why(federation: Federation, what: str) -> None:
    change, words = BAD[what]
    known = (federation.row.entity_id, federation.row.sso_url, federation.row.certificates)
    federation.row.metadata_file = change(federation.row.metadata_file)

    assert not refresh(provider=federation.row)

    federation.row.refresh_from_db()
    assert (federation.row.entity_id, federation.row.sso_url, federation.row.certificates) == known
    assert words in federation.row.refresh_error


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (302, b"", {"Location": "/elsewhere"}, "répond 302"),
        (500, b"", {}, "répond 500"),
        (200, b" " * 1_000_001, {}, "trop gros"),
        (200, b"\xff\xfe", {}, "UTF-8"),
    ],
    ids=["redirection", "broken", "long", "bytes"],
)
def test_address_that_answers_otherwise_leaves_what_worked(
    federation: Federation, site: Any, status: int, body: bytes, headers: dict[str, str], words: str
) -> None:
    site.says = {"/m": (status, body, headers), "/elsewhere": (200, federation.idp.metadata.encode(), {})}
    known = federation.row.certificates
    federation.row.metadata_url = f"{site.base}/m"

    assert not refresh(provider=federation.row)

    assert words in federation.row.refresh_error
    assert federation.row.certificates == known


def test_address_where_nobody_is(federation: Federation) -> None:
    federation.row.metadata_url = "http://127.0.0.1:9/m"

    assert not refresh(provider=federation.row)

    assert "ne répond pas" in federation.row.refresh_error


@pytest.mark.parametrize(
    "url",
    ["http://idp.example/m", "ftp://idp.example/m", "https://127.0.0.1/m", "https://[::1]/m", "https://169.254.169.254/m",
     "https://0.0.0.0/m", "https://2130706433/m", "https:///m", "file:///etc/passwd"],
)  # fmt: skip
def test_address_of_this_machine_or_without_tls_is_not_asked(settings: Any, url: str) -> None:
    settings.INSECURE_COOKIES = False

    with pytest.raises(MetadataError):
        metadata.fetch(url)


@pytest.mark.parametrize("address", ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "[fd00::1]"])
def test_private_address_is_not_asked_unless_the_region_says_so(
    settings: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings.INSECURE_COOKIES = False
    monkeypatch.setattr(metadata, "SECONDS", 0.01)  # nobody is there
    with pytest.raises(MetadataError, match="ne mène pas à un fournisseur"):
        metadata.fetch(f"https://{address}/m")

    settings.ENT_PRIVATE_PROVIDERS = True
    with pytest.raises(MetadataError, match="ne répond pas"):
        metadata.fetch(f"https://{address}/m")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server on this machine with a certificate for idp.example, which remembers what it was asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    day = timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("idp.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(secret)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("NO_PROXY", "*")

    class Site(BaseHTTPRequestHandler):
        names: list[str] = []

        def do_GET(self) -> None:
            self.names.append(str(self.headers["Host"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<metadata/>")

        def log_message(self, *args: Any) -> None:
            pass

    Site.names = []
    http = HTTPServer(("127.0.0.1", 0), Site)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    context.sni_callback = lambda _socket, asked, _context: Site.names.append(str(asked))
    http.socket = context.wrap_socket(http.socket, server_side=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    Site.port = http.server_address[1]  # type: ignore[attr-defined]
    yield Site
    http.shutdown()
    http.server_close()


def test_name_is_looked_up_once_and_the_address_that_was_checked_is_the_one_asked(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tls: Any
) -> None:
    """Whoever answers for the name may say another address, ours, a moment after the check."""
    settings.INSECURE_COOKIES = False
    answer, asked = socket.getaddrinfo, []

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        found = answer("127.0.0.1", port, *args, **kwargs)
        if host == "idp.example":  # ours, but for the first who asks
            return [(*rest, ("93.184.216.34", port)) for *rest, _address in found] if len(asked) == 1 else found
        return found  # the network's way to that address ends at the server of this test

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    xml = metadata.fetch(f"https://idp.example:{tls.port}/m")

    assert xml == "<metadata/>"
    assert asked == ["idp.example", "93.184.216.34"]
    assert tls.names == ["idp.example", f"idp.example:{tls.port}"]


def test_certificate_of_another_name_is_refused(settings: Any, monkeypatch: pytest.MonkeyPatch, tls: Any) -> None:
    settings.INSECURE_COOKIES = False
    answer = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        found = answer("127.0.0.1", port, *args, **kwargs)
        is_name = host == "other.example"
        return [(*rest, ("93.184.216.34", port)) for *rest, _address in found] if is_name else found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(MetadataError, match="ne répond pas"):
        metadata.fetch(f"https://other.example:{tls.port}/m")


# --- Signed by who publishes them -----------------------------------------------------------------------------


def signed(xml: str, keys: Keys, *, method: Any = xmlsec.Transform.RSA_SHA256, whole: bool = True) -> str:
    root = etree.fromstring(xml.encode())
    root.set("ID", "whole")
    part = root.find("md:IDPSSODescriptor", NS)
    part.set("ID", "part")
    xmlsec.tree.add_ids(root, ["ID"])
    template = xmlsec.template.create(root, xmlsec.Transform.EXCL_C14N, method, ns="ds")
    root.insert(0, template)
    reference = xmlsec.template.add_reference(template, xmlsec.Transform.SHA256, uri="#whole" if whole else "#part")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(keys.key), xmlsec.KeyFormat.PEM)
    context.sign(template)
    return str(etree.tostring(root, encoding="unicode"))


def test_signed_metadata_are_taken_over(federation: Federation, keys: dict[str, Keys]) -> None:
    federation.row.metadata_certificate = keys["second"].pem
    federation.row.metadata_file = signed(with_certificate(federation.idp.metadata, keys["stranger"]), keys["second"])

    assert refresh(provider=federation.row), federation.row.refresh_error
    assert len(federation.row.certificates) == 2


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("unsigned", "n’est pas signé"),
        ("stranger", "n’est pas celle du certificat"),
        ("changed", "n’est pas celle du certificat"),
        ("sha1", "genre refusé"),
        ("part", "genre refusé"),
        ("inside", "n’est pas signé"),
    ],
)
def test_metadata_not_signed_by_the_certificate_are_refused(
    federation: Federation, keys: dict[str, Keys], what: str, words: str
) -> None:
    federation.row.metadata_certificate, known = keys["second"].pem, federation.row.certificates
    xml = with_certificate(federation.idp.metadata, keys["stranger"])
    true = signed(xml, keys["second"])
    around = etree.Element(f"{{{NS['md']}}}EntitiesDescriptor", nsmap=NS)
    around.append(etree.fromstring(true.encode()))
    federation.row.metadata_file = {
        "unsigned": xml,
        "stranger": signed(xml, keys["stranger"]),
        "changed": true.replace("/sso", "/evil"),
        "sha1": signed(xml, keys["second"], method=xmlsec.Transform.RSA_SHA1),
        "part": signed(xml, keys["second"], whole=False),
        "inside": str(etree.tostring(around, encoding="unicode")),
    }[what]

    assert not refresh(provider=federation.row)

    assert words in federation.row.refresh_error
    federation.row.refresh_from_db()
    assert federation.row.certificates == known


def test_entity_that_another_provider_has_already_is_refused(federation: Federation) -> None:
    other = IdentityProvider.objects.create(
        slug="double", name="Double", audience="staff", metadata_file=federation.row.metadata_file
    )

    assert not refresh(provider=other)

    other.refresh_from_db()
    assert (other.entity_id, other.certificates) == ("", [])
    assert "déjà cet entityID" in other.refresh_error


def test_short_key_is_refused(monkeypatch: pytest.MonkeyPatch, keys: dict[str, Keys]) -> None:
    monkeypatch.setattr(rsa.RSAPublicKey, "key_size", 1024, raising=False)
    monkeypatch.setattr(metadata, "SHORTEST_RSA", 4096)

    with pytest.raises(MetadataError, match="2 048 bits"):
        metadata.pem_of(keys["first"].pem)


def test_our_metadata_say_where_answers_go_and_that_they_must_be_signed(federation: Federation) -> None:
    root = etree.fromstring(federation.browser.get("/connexion/educonnect/metadata/").content)

    assert root.get("entityID") == federation.audience
    assert root.find(".//md:AssertionConsumerService", NS).get("Location") == federation.acs
    assert root.find("md:SPSSODescriptor", NS).get("WantAssertionsSigned") == "true"


# --- The rectorate's pages ------------------------------------------------------------------------------------


@pytest.fixture
def rectorate(cast: Cast, client_of: Any) -> Browser:
    """Of the region: who sees which provider, and changes it, is in `tests/establishments/territory`."""
    cast.rectorate_admin.is_superuser = True
    cast.rectorate_admin.save(update_fields=["is_superuser"])
    browser: Browser = client_of(cast.rectorate_admin)
    return browser


def test_rectorate_adds_a_provider_whose_metadata_are_read_at_once(
    federation: Federation, keys: dict[str, Keys], rectorate: Browser
) -> None:
    IdentityProvider.objects.all().delete()

    answer = rectorate.post(
        "/admin/accounts/identityprovider/add/",
        {
            "name": "EduConnect", "slug": "educonnect", "audience": "family", "is_active": "on",
            "metadata_file": federation.idp.metadata, "identifier_attribute": "FrEduCtRefId",
            "identifier_format": "reference", "scheme": "aaf",
        },
        follow=True,
    )  # fmt: skip

    assert "EduConnect : métadonnées lues, 1 certificat(s)." in text_of(answer)
    assert IdentityProvider.objects.open().get().entity_id == federation.idp.entity_id


def test_rectorate_reads_metadata_again_and_is_told_what_is_wrong(federation: Federation, rectorate: Browser) -> None:
    IdentityProvider.objects.update(metadata_file="bonjour")

    answer = rectorate.post(
        "/admin/accounts/identityprovider/",
        {"action": "read_metadata", "_selected_action": [federation.row.pk]},
        follow=True,
    )

    assert "Ce qui était connu reste en service" in text_of(answer)
    assert IdentityProvider.objects.open().exists()


def test_page_of_a_provider_shows_its_certificates_and_our_addresses(
    federation: Federation, rectorate: Browser
) -> None:
    page = text_of(rectorate.get(f"/admin/accounts/identityprovider/{federation.row.pk}/change/"))

    assert "CN=first – jusqu’au" in page
    assert "/connexion/educonnect/acs/" in page
