"""Responses that sign nobody in: forged, late, misdirected, replayed, wrapped. Each ends on a page that says so."""

from __future__ import annotations

import base64
import copy
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import xmlsec
from django.core.cache import cache
from lxml import etree
from redis.exceptions import ConnectionError as RedisDown

from accounts.federation.actions import refresh
from accounts.models import User
from tests.accounts.federation.conftest import HOST, Federation, add_provider
from tests.accounts.federation.idp import NS, Keys, encoded, sign
from tests.browser import Browser, text_of

pytestmark = pytest.mark.django_db

EVIL = "https://evil.example/"


def assert_refused(federation: Federation, answer: Any, *words: str, status: int = 403) -> None:
    assert federation.signed_in is None
    assert answer.status_code == status
    text = text_of(answer)
    assert all(word in text for word in words), text
    assert "Utiliser un identifiant local" in text


@pytest.fixture(autouse=True)
def _somebody_to_be(ines: User) -> None:
    """Every forgery aims at an account that exists."""


def at(moment: timedelta) -> str:
    return (datetime.now(UTC) + moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def put(path: str, name: str, value: str | None) -> Callable[[Any], None]:
    """An edit that sets an attribute wherever the path leads; None takes it away."""

    def edit(root: Any) -> None:
        found = root.xpath(path, namespaces=NS)
        assert found, path
        for element in found:
            element.attrib.pop(name, None)
            if value is not None:
                element.set(name, value)

    return edit


def together(*edits: Callable[[Any], None]) -> Callable[[Any], None]:
    def edit(root: Any) -> None:
        for one in edits:
            one(root)

    return edit


def drop(path: str) -> Callable[[Any], None]:
    def edit(root: Any) -> None:
        (element,) = root.xpath(path, namespaces=NS)
        element.getparent().remove(element)

    return edit


def text(path: str, value: str) -> Callable[[Any], None]:
    def edit(root: Any) -> None:
        for element in root.xpath(path, namespaces=NS):
            element.text = value

    return edit


CONFIRMATION, CONDITIONS, SESSION = "//saml:SubjectConfirmationData", "//saml:Conditions", "//saml:AuthnStatement"
ACS, METHOD = f"{HOST}/connexion/educonnect/acs/", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"
LONG_AGO, LATER = timedelta(hours=-2), timedelta(hours=2)


# --- Time, audience, recipient --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda: put(CONDITIONS, "NotOnOrAfter", at(LONG_AGO)), "La connexion a pris trop de temps"),
        (lambda: put(CONFIRMATION, "NotOnOrAfter", at(LONG_AGO)), "ne nous était pas destinée"),
        (lambda: put(SESSION, "SessionNotOnOrAfter", at(LONG_AGO)), "La connexion a pris trop de temps"),
        (lambda: put(CONDITIONS, "NotBefore", at(LATER)), "pas encore valable"),
        (lambda: put(CONFIRMATION, "NotBefore", at(LATER)), "ne nous était pas destinée"),
        (lambda: put(CONFIRMATION, "NotOnOrAfter", None), "ne nous était pas destinée"),
        (lambda: text("//saml:Audience", EVIL), "ne nous était pas destinée"),
        (lambda: drop("//saml:AudienceRestriction"), "ne nous était pas destinée"),
        (lambda: put(CONFIRMATION, "Recipient", EVIL), "ne nous était pas destinée"),
        (lambda: put(CONFIRMATION, "Recipient", f"{ACS}?{EVIL}"), "ne nous était pas destinée"),
        (lambda: put(CONFIRMATION, "Recipient", None), "ne nous était pas destinée"),
        (lambda: put("/samlp:Response", "Destination", EVIL), "ne nous était pas destinée"),
        (lambda: put("/samlp:Response", "Destination", f"{ACS}evil"), "ne nous était pas"),
        (lambda: text("//saml:Assertion/saml:Issuer", EVIL), "Rien ne prouve"),
        (lambda: put("//saml:SubjectConfirmation", "Method", METHOD), "destinée"),
        (lambda: drop("//saml:SubjectConfirmation"), "ne nous était pas destinée"),
        (lambda: drop("//saml:Conditions"), "Rien ne prouve"),
        (lambda: drop("//saml:AuthnStatement"), "Rien ne prouve"),
        (lambda: drop("//saml:NameID"), "Rien ne prouve"),
        (lambda: text("//saml:NameID", ""), "Rien ne prouve"),
    ],
    ids=[
        "expired", "confirmation-expired", "session-expired", "too-early", "confirmation-too-early", "no-end",
        "wrong-audience", "no-audience", "wrong-recipient", "recipient-with-a-tail", "no-recipient",
        "wrong-destination", "destination-with-a-tail", "wrong-issuer", "not-bearer", "no-confirmation",
        "no-conditions", "no-authentication", "no-name", "empty-name",
    ],
)  # fmt: skip
def test_assertion_with_a_part_that_is_wrong_or_missing(
    federation: Federation, edit: Callable[[], Callable[[Any], None]], words: str
) -> None:
    assert_refused(federation, federation.sign_in(before=edit()), words)


def test_status_that_is_no_success(federation: Federation) -> None:
    denied = put("//samlp:StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")

    assert_refused(federation, federation.sign_in(before=denied), "Educonnect n’a pas confirmé votre identité")


def test_status_without_any_assertion(federation: Federation) -> None:
    root = etree.fromstring(base64.b64decode(federation.forge(answers=federation.ask())))
    put("//samlp:StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")(root)
    drop("//saml:Assertion")(root)

    assert_refused(federation, federation.post(encoded(etree.tostring(root))), "n’a pas confirmé votre identité")


# --- The request that is answered -----------------------------------------------------------------------------


def test_response_that_nobody_asked_for(federation: Federation) -> None:
    assert_refused(federation, federation.post(federation.forge(answers=None)), "Commencez la connexion ici")


def test_response_that_nobody_asked_for_where_the_provider_may_speak_first(federation: Federation, ines: User) -> None:
    federation.row.allows_unsolicited = True
    federation.row.save()

    federation.post(federation.forge(answers=None))

    assert federation.signed_in == str(ines.pk)


@pytest.mark.parametrize(
    "relay_state", [EVIL, "//evil.example/", "/\\evil.example", "javascript:alert(1)", "https:evil"]
)
@pytest.mark.parametrize("unsolicited", [True, False])
def test_relay_state_leads_to_our_own_pages_only(
    federation: Federation, ines: User, relay_state: str, unsolicited: bool
) -> None:
    federation.row.allows_unsolicited = True
    federation.row.save()
    answers = None if unsolicited else federation.ask(next_url=relay_state)

    answer = federation.post(federation.forge(answers=answers), relay_state)

    assert federation.signed_in == str(ines.pk)
    assert all("evil" not in url and "javascript" not in url for url, _status in answer.redirect_chain)


def test_relay_state_to_a_page_of_ours_is_followed_when_the_provider_speaks_first(federation: Federation) -> None:
    federation.row.allows_unsolicited = True
    federation.row.save()

    answer = federation.post(federation.forge(answers=None), "/eleve/devoirs/")

    assert answer.redirect_chain[-1][0] == "/eleve/devoirs/"


def test_answer_to_a_request_of_another_browser(federation: Federation) -> None:
    """A stolen or planted response does not sign in, here, whoever began elsewhere."""
    elsewhere = Federation(federation.row, federation.idp, Browser())

    answer = federation.post(federation.forge(answers=elsewhere.ask()))

    assert_refused(federation, answer, "Commencez la connexion ici")


def test_unsolicited_assertion_dressed_as_an_answer(federation: Federation) -> None:
    """The response around the assertion is not signed: whom it answers is read inside."""
    asked = federation.ask()

    answer = federation.post(federation.forge(answers=None, after=put("/samlp:Response", "InResponseTo", asked)))

    assert_refused(federation, answer, "ne nous était pas destinée")


def test_answer_undressed_to_look_unsolicited(federation: Federation) -> None:
    federation.row.allows_unsolicited = True
    federation.row.save()

    answer = federation.sign_in(after=put("/samlp:Response", "InResponseTo", None))

    assert_refused(federation, answer, "ne nous était pas destinée")


# --- Once -----------------------------------------------------------------------------------------------------


def test_response_posted_a_second_time(federation: Federation, ines: User) -> None:
    response = federation.forge(answers=federation.ask())
    federation.post(response)
    assert federation.signed_in == str(ines.pk)
    federation.browser.logout()

    assert_refused(federation, federation.post(response), "Cette confirmation a déjà servi")


def test_unsolicited_response_replayed_in_another_browser(federation: Federation) -> None:
    federation.row.allows_unsolicited = True
    federation.row.save()
    response = federation.forge(answers=None)
    federation.post(response)
    thief = Federation(federation.row, federation.idp, Browser())

    assert_refused(thief, thief.post(response), "Cette confirmation a déjà servi")


def test_return_page_opened_again_signs_nobody_in(federation: Federation) -> None:
    federation.sign_in()
    federation.browser.logout()

    answer = federation.browser.get("/connexion/educonnect/retour/")

    assert_refused(federation, answer, "Commencez la connexion ici")


def test_without_the_memory_that_workers_share_nobody_comes_in(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = federation.forge(answers=federation.ask())

    def down(*args: Any, **kwargs: Any) -> None:
        raise RedisDown

    monkeypatch.setattr(cache, "add", down, raising=False)

    assert_refused(federation, federation.post(response), "ne marche pas pour le moment", status=503)


# --- Signatures -----------------------------------------------------------------------------------------------


def test_unsigned_assertion(federation: Federation) -> None:
    assert_refused(federation, federation.sign_in(unsigned=True), "Rien ne prouve qu’elle vient d’Educonnect")


def test_signed_response_around_an_unsigned_assertion(federation: Federation) -> None:
    def sign_around(root: Any) -> None:
        sign(root, federation.idp.keys)

    assert_refused(federation, federation.sign_in(unsigned=True, after=sign_around), "Rien ne prouve")


def test_signature_of_a_stranger(federation: Federation, keys: dict[str, Keys]) -> None:
    assert_refused(federation, federation.sign_in(keys=keys["stranger"]), "Rien ne prouve")


def test_response_of_another_provider_of_ours(federation: Federation, keys: dict[str, Keys]) -> None:
    """Well signed, by somebody whom we trust elsewhere."""
    other = add_provider("autre", keys["second"], Browser())

    for issuer in (other.idp.entity_id, federation.idp.entity_id):
        answer = federation.sign_in(keys=keys["second"], before=text("//saml:Issuer", issuer))
        assert_refused(federation, answer, "Rien ne prouve")


def test_assertion_changed_after_it_was_signed(federation: Federation) -> None:
    answer = federation.sign_in("nobody", after=text("//saml:NameID", "nameid-of-ines"))

    assert_refused(federation, answer, "Rien ne prouve")


@pytest.mark.parametrize(
    "algorithms",
    [
        {"method": xmlsec.Transform.RSA_SHA1},
        {"digest": xmlsec.Transform.SHA1},
        {"method": xmlsec.Transform.RSA_SHA1, "digest": xmlsec.Transform.SHA1},
    ],
    ids=["signature", "digest", "both"],
)
def test_sha_1(federation: Federation, algorithms: dict[str, Any]) -> None:
    response = federation.forge(answers=federation.ask(), **algorithms)

    assert_refused(federation, federation.post(response), "Rien ne prouve")


def test_certificate_being_replaced_is_accepted_beside_the_new_one(
    federation: Federation, ines: User, keys: dict[str, Keys]
) -> None:
    """Metadata with both, then the new key alone; no moment without a sign-in."""
    old, new = federation.idp.keys, keys["second"]
    federation.row.metadata_file = with_certificate(federation.row.metadata_file, new)
    assert refresh(provider=federation.row)
    assert len(federation.row.certificates) == 2
    for signing in (old, new):
        federation.sign_in(keys=signing)
        assert federation.signed_in == str(ines.pk)
        federation.browser.logout()

    assert_refused(federation, federation.sign_in(keys=keys["stranger"]), "Rien ne prouve")


def with_certificate(metadata: str, keys: Keys) -> str:
    root = etree.fromstring(metadata.encode())
    (known, *_rest) = root.findall(".//md:KeyDescriptor", NS)
    added = copy.deepcopy(known)
    added.find(".//ds:X509Certificate", NS).text = "".join(keys.pem.splitlines()[1:-1])
    known.addnext(added)
    return str(etree.tostring(root, encoding="unicode"))


def test_certificate_that_was_withdrawn_is_refused(federation: Federation, keys: dict[str, Keys]) -> None:
    federation.row.certificates = [keys["second"].pem]
    federation.row.save()

    assert_refused(federation, federation.sign_in(), "Rien ne prouve")


# --- Signature wrapping ---------------------------------------------------------------------------------------
# The eight classes of “On Breaking SAML” (Somorovsky et al., 2012): the signature of a true assertion, of somebody
# else, is kept verifiable somewhere in the document, and an evil assertion stands where it is read from.


def evil_of(root: Any) -> tuple[Any, Any, Any]:
    """The true assertion, its evil copy (unsigned, another id, Inès's name and key), and the true signature."""
    true = root.find("saml:Assertion", NS)
    evil = copy.deepcopy(true)
    evil.remove(evil.find("ds:Signature", NS))
    evil.set("ID", "_evil")
    evil.find(".//saml:NameID", NS).text = "nameid-of-ines"
    for value in evil.iterfind(".//saml:AttributeValue", NS):
        if value.text == "{AAF}16|x|999":
            value.text = "{AAF}16|x|2867253"
    return true, evil, true.find("ds:Signature", NS)


def xsw_1(root: Any) -> None:
    """An evil response around: the true response stands in the signature."""
    true, evil, signature = evil_of(root)
    root.replace(true, evil)
    evil.find("saml:Issuer", NS).addnext(signature)
    signature.append(true)


def xsw_2(root: Any) -> None:
    """The true assertion beside a detached signature, before the evil one."""
    true, evil, signature = evil_of(root)
    root.replace(true, evil)
    evil.addprevious(signature)
    evil.addprevious(true)


def xsw_3(root: Any) -> None:
    """The evil assertion is the first of two."""
    true, evil, _signature = evil_of(root)
    true.addprevious(evil)


def xsw_4(root: Any) -> None:
    """The true assertion is a child of the evil one."""
    true, evil, _signature = evil_of(root)
    root.replace(true, evil)
    evil.append(true)


def xsw_5(root: Any) -> None:
    """The evil assertion carries the signature; the true one stands after it without."""
    true, evil, signature = evil_of(root)
    evil.find("saml:Issuer", NS).addnext(signature)
    root.replace(true, evil)
    root.append(true)


def xsw_6(root: Any) -> None:
    """The evil assertion carries the signature, and the signature the true assertion."""
    true, evil, signature = evil_of(root)
    root.replace(true, evil)
    evil.find("saml:Issuer", NS).addnext(signature)
    holder = etree.SubElement(signature, f"{{{NS['ds']}}}Object")
    holder.append(true)


def xsw_7(root: Any) -> None:
    """The evil assertion hides in extensions, which are read without a schema."""
    _true, evil, _signature = evil_of(root)
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    root.find("saml:Issuer", NS).addnext(extensions)
    extensions.append(evil)


def xsw_8(root: Any) -> None:
    """The true assertion in an object of the signature that the evil one carries, before its references."""
    true, evil, signature = evil_of(root)
    root.replace(true, evil)
    evil.find("saml:Issuer", NS).addnext(signature)
    holder = etree.Element(f"{{{NS['ds']}}}Object")
    signature.insert(0, holder)
    holder.append(true)


def xsw_same_id(root: Any) -> None:
    """The evil assertion takes the id of the true one."""
    true, evil, _signature = evil_of(root)
    evil.set("ID", true.get("ID"))
    true.addprevious(evil)


def xsw_response_in_response(root: Any) -> None:
    """A whole second response inside the first."""
    true, evil, _signature = evil_of(root)
    inner = copy.deepcopy(root)
    root.replace(true, evil)
    root.append(inner)


WRAPPINGS = [xsw_1, xsw_2, xsw_3, xsw_4, xsw_5, xsw_6, xsw_7, xsw_8, xsw_same_id, xsw_response_in_response]


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
def test_wrapped_signature_gives_nobody_elses_account(federation: Federation, wrap: Callable[[Any], None]) -> None:
    answer = federation.sign_in("nobody", after=wrap)

    assert_refused(federation, answer, "Rien ne prouve")


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
def test_wrapped_signature_of_a_whole_response_gives_nobody_elses_account(
    federation: Federation, wrap: Callable[[Any], None]
) -> None:
    """The same, where the provider signs its response too."""

    def sign_then_wrap(root: Any) -> None:
        sign(root, federation.idp.keys)
        wrap(root)

    federation.sign_in("nobody", after=sign_then_wrap)

    assert federation.signed_in is None


# --- Odd documents --------------------------------------------------------------------------------------------


def rewritten(federation: Federation, change: Callable[[bytes], bytes], login: str = "ines") -> Any:
    document = base64.b64decode(federation.forge(login, answers=federation.ask()))
    changed = change(document)
    assert changed != document
    return federation.post(encoded(changed))


def test_comment_in_the_name(federation: Federation) -> None:
    """It cuts the name for some readers (CVE-2017-11427), and the signature does not see it."""
    federation.idp.people["evil"] = ("nameid-of-ines.evil", {})

    answer = rewritten(
        federation, lambda xml: xml.replace(b"nameid-of-ines.evil", b"nameid-of-ines<!---->.evil"), "evil"
    )

    assert_refused(federation, answer, "Rien ne prouve")


def test_comment_that_another_encoding_hides(federation: Federation) -> None:
    """In UTF-7 its first characters are letters; the signature is good still."""
    federation.idp.people["evil"] = ("nameid-of-ines.evil", {})

    def hide(xml: bytes) -> bytes:
        text = xml.decode().replace("nameid-of-ines.evil", "nameid-of-inesCOMMENT.evil").encode("utf-7")
        return b'<?xml version="1.0" encoding="UTF-7"?>' + text.replace(b"COMMENT", b"+ADwAIQ-" + b"---->")

    assert_refused(federation, rewritten(federation, hide, "evil"), "Rien ne prouve")


BOMB = b"".join(
    [
        b'<!DOCTYPE lolz [<!ENTITY lol "lol">',
        *(f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">'.encode() for n in range(1, 10)),
        b"]>",
    ]
)


@pytest.mark.parametrize(
    "declaration",
    [
        b"<!DOCTYPE samlp:Response>",
        b'<!DOCTYPE r [<!ENTITY who "nameid-of-ines">]>',
        b'<!DOCTYPE r [<!ENTITY file SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/evil.dtd">',
        BOMB,
    ],
    ids=["doctype", "entity", "file", "remote", "bomb"],
)
def test_declaration_in_the_document(federation: Federation, declaration: bytes) -> None:
    began = time.monotonic()

    answer = rewritten(
        federation,
        lambda xml: declaration + xml.replace(b">nameid-of-ines<", b">&lol9;<" if declaration == BOMB else b">&who;<"),
    )

    assert_refused(federation, answer, "Rien ne prouve")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "posted",
    [
        "",
        "not base64 !",
        "AAAA",
        encoded(b"<a/>"),
        encoded(b"<samlp:Response"),
        encoded(b'<?xml version="1.0" encoding="utf-16"?><a/>'),
        encoded('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16")),
        encoded(b"<a>" * 5_000),
        "A" * 300_000,
    ],
    ids=["empty", "words", "bytes", "other", "half", "lies", "utf-16", "deep", "long"],
)
def test_what_is_no_response_at_all(federation: Federation, posted: str) -> None:
    federation.ask()

    assert_refused(federation, federation.post(posted), "Rien ne prouve")


def test_post_without_a_response(federation: Federation) -> None:
    answer = federation.browser.post("/connexion/educonnect/acs/", {})

    assert_refused(federation, answer, "Rien ne prouve")


def test_assertion_encrypted_for_nobody_we_are(federation: Federation) -> None:
    def hide(root: Any) -> None:
        true = root.find("saml:Assertion", NS)
        hidden = etree.Element(f"{{{NS['saml']}}}EncryptedAssertion")
        etree.SubElement(hidden, "{http://www.w3.org/2001/04/xmlenc#}EncryptedData")
        root.replace(true, hidden)

    assert_refused(federation, federation.sign_in(after=hide), "Rien ne prouve")
