"""A real SAML identity provider: pysaml2's, with keys of its own, on loopback.

pysaml2 signs with the `xmlsec1` program, which a bare machine lacks; here it signs with the library that python3-saml
stands on. Nothing of it is shared with our own reading of SAML but that library.
"""

from __future__ import annotations

import base64
import datetime
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports what cryptography is about to move; no mode of that is used here
    from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
    from saml2.config import IdPConfig
    from saml2.metadata import entity_descriptor
    from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NameID
    from saml2.server import Server
    from saml2.sigver import CryptoBackend, RSACrypto, import_rsa_key_from_file

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}
REF_ID = "FrEduCtRefId"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
PASSWORD_CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
Edit = Callable[[etree._Element], None]


@dataclass
class Keys:
    """A private key and its certificate, in files."""

    key: Path
    certificate: Path

    @classmethod
    def make(cls, folder: Path, name: str) -> Keys:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .sign(private, hashes.SHA256())
        )
        made = cls(folder / f"{name}.key", folder / f"{name}.crt")
        made.key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return made

    @property
    def pem(self) -> str:
        return self.certificate.read_text()


class XmlsecLibrary(CryptoBackend):  # type: ignore[misc]
    """pysaml2's signatures, by the library instead of the program."""

    version = "library"

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str) -> str:
        root = etree.fromstring(statement.encode() if isinstance(statement, str) else statement)
        xmlsec.tree.add_ids(root, ["ID"])
        (node,) = root.xpath("//*[@ID=$id]", id=node_id)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(key_file, xmlsec.KeyFormat.PEM)
        context.sign(node.find("ds:Signature", NS))
        return str(etree.tostring(root, encoding="unicode"))

    def validate_signature(self, signedtext: Any, cert_file: str, cert_type: str, node_name: str, node_id: str) -> bool:
        root = etree.fromstring(signedtext.encode() if isinstance(signedtext, str) else signedtext)
        xmlsec.tree.add_ids(root, ["ID"])
        (node,) = root.xpath("//*[@ID=$id]", id=node_id)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(cert_file, xmlsec.KeyFormat.CERT_PEM)
        context.verify(node.find("ds:Signature", NS))
        return True


def sign(
    element: etree._Element,
    keys: Keys,
    *,
    method: Any = xmlsec.Transform.RSA_SHA256,
    digest: Any = xmlsec.Transform.SHA256,
) -> None:
    """Sign an assertion or a response in its place, after its issuer."""
    xmlsec.tree.add_ids(element, ["ID"])
    template = xmlsec.template.create(element, xmlsec.Transform.EXCL_C14N, method, ns="ds")
    element.find("saml:Issuer", NS).addnext(template)
    reference = xmlsec.template.add_reference(template, digest, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(keys.key), xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_file(str(keys.certificate), xmlsec.KeyFormat.PEM)
    context.sign(template)


@dataclass
class Provider:
    """The identity provider, and what it would say of whom."""

    name: str
    keys: Keys
    folder: Path
    base: str = "http://127.0.0.1:9"
    # The directory of the provider: NameID and attributes by login.
    people: dict[str, tuple[str, dict[str, list[str]]]] = field(default_factory=dict)
    sp_metadata: str = ""

    @property
    def entity_id(self) -> str:
        return f"{self.base}/{self.name}/metadata"

    @cached_property
    def server(self) -> Server:
        config = IdPConfig().load(
            {
                "entityid": self.entity_id,
                "key_file": str(self.keys.key),
                "cert_file": str(self.keys.certificate),
                "crypto_backend": "XMLSecurity",
                "service": {
                    "idp": {
                        "endpoints": {
                            "single_sign_on_service": [(f"{self.base}/sso", BINDING_HTTP_REDIRECT)],
                            "single_logout_service": [(f"{self.base}/slo", BINDING_HTTP_REDIRECT)],
                        },
                        "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
                        "sign_response": False,
                        "sign_assertion": True,
                        # pysaml2's own choice is SHA-1, which we refuse.
                        "signing_algorithm": RSA_SHA256,
                        "digest_algorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
                        "want_authn_requests_signed": False,
                    }
                },
                "metadata": {"inline": [self.sp_metadata]} if self.sp_metadata else {},
            }
        )
        server = Server(config=config)
        server.sec.crypto = XmlsecLibrary()
        server.sec.sec_backend = RSACrypto(import_rsa_key_from_file(str(self.keys.key)))  # signs URLs
        return server

    @property
    def metadata(self) -> str:
        return str(entity_descriptor(self.server.config))

    def identity(self, login: str) -> tuple[NameID, dict[str, list[str]]]:
        name_id, attributes = self.people[login]
        return NameID(format=NAMEID_FORMAT_PERSISTENT, text=name_id), attributes

    def response(self, login: str, *, to: str, audience: str, answers: str | None, signed: bool = False) -> str:
        name_id, attributes = self.identity(login)
        return str(
            self.server.create_authn_response(
                attributes,
                in_response_to=answers,
                destination=to,
                sp_entity_id=audience,
                name_id=name_id,
                authn={"class_ref": PASSWORD_CONTEXT, "authn_auth": self.entity_id},
                sign_response=False,
                sign_assertion=signed,
            )
        )

    def forge(
        self,
        login: str,
        *,
        to: str,
        audience: str,
        answers: str | None,
        before: Edit | None = None,
        after: Edit | None = None,
        keys: Keys | None = None,
        unsigned: bool = False,
        **algorithms: Any,
    ) -> str:
        """A response of pysaml2's, edited before or after its assertion is signed, in base64."""
        root = etree.fromstring(self.response(login, to=to, audience=audience, answers=answers).encode())
        if before:
            before(root)
        if not unsigned:
            sign(root.find("saml:Assertion", NS), keys or self.keys, **algorithms)
        if after:
            after(root)
        return encoded(etree.tostring(root))


def encoded(document: bytes) -> str:
    return base64.b64encode(document).decode()


# --- Its pages ------------------------------------------------------------------------------------------------


class Pages(BaseHTTPRequestHandler):
    """What a browser sees of the provider: a form that asks who one is, and the way back."""

    provider: Provider
    signed_in: dict[str, str]

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/sso":
            self._ask_or_answer(query)
        elif url.path == "/slo":
            self._log_out(url.query, query)
        elif url.path == "/leave":
            self._start_logout()
        elif url.path == "/metadata":
            self._page(self.provider.metadata, content_type="application/xml")
        else:  # the icon that browsers ask for
            self._page("")

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True)
        query = {name: values[0] for name, values in sent.items()}
        self.signed_in["login"] = query["login"]
        self._ask_or_answer(query)

    def _ask_or_answer(self, query: dict[str, str]) -> None:
        if "login" in self.signed_in:
            self._answer(query, self.signed_in["login"])
            return
        hidden = "".join(f"<input type=hidden name={n} value='{escape(v)}'>" for n, v in query.items())
        self._page(
            f"<form method=post action=/sso>{hidden}<label>Login <input name=login></label>"
            "<button>Entrer</button></form>"
        )

    def _answer(self, query: dict[str, str], login: str) -> None:
        request = self.provider.server.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT).message
        where = self.provider.server.response_args(request)
        response = self.provider.response(
            login, to=where["destination"], audience=where["sp_entity_id"], answers=request.id, signed=True
        )
        form = self.provider.server.apply_binding(
            BINDING_HTTP_POST, response, where["destination"], query.get("RelayState", ""), response=True
        )
        self._page("".join(form["data"]))

    def _log_out(self, raw: str, query: dict[str, str]) -> None:
        if "SAMLResponse" in query:  # the answer to the logout that began here
            self._page("<h1>Tout est ferme</h1>")
            return
        server = self.provider.server
        request = server.parse_logout_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT).message
        self.signed_in.clear()
        response = server.create_logout_response(request, [BINDING_HTTP_REDIRECT])
        answer = server.apply_binding(
            BINDING_HTTP_REDIRECT,
            str(response),
            response.destination,
            query.get("RelayState", ""),
            response=True,
            sign=True,
            sigalg=RSA_SHA256,
        )
        self._redirect(dict(answer["headers"])["Location"])

    def _start_logout(self) -> None:
        self._redirect(logout_url(self.provider, self.signed_in.pop("login")))

    def _redirect(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _page(self, body: str, content_type: str = "text/html") -> None:
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def logout_url(provider: Provider, login: str, *, signed: bool = True) -> str:
    """Where the provider sends a browser to sign out of us."""
    server = provider.server
    (sp,) = server.metadata.service_providers()
    destination = server.metadata.single_logout_service(sp, BINDING_HTTP_REDIRECT, "spsso")[0]["location"]
    name_id, _attributes = provider.identity(login)
    _id, request = server.create_logout_request(destination, provider.entity_id, name_id=name_id)
    sent = server.apply_binding(
        BINDING_HTTP_REDIRECT,
        str(request),
        destination,
        "",
        sign=signed,
        sigalg=RSA_SHA256,
    )
    return str(dict(sent["headers"])["Location"])


def serving(provider: Provider) -> Iterator[Provider]:
    """The provider on a port of its own, until the generator ends."""
    pages = type("PagesOfProvider", (Pages,), {"provider": provider, "signed_in": {}})
    http = ThreadingHTTPServer(("127.0.0.1", 0), pages)
    provider.base = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield provider
    http.shutdown()
    thread.join()
    http.server_close()
