from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from accounts.federation.actions import refresh
from accounts.models import Identifier, IdentityProvider, User
from tests.accounts.federation.idp import REF_ID, Keys, Provider
from tests.browser import Browser
from tests.cast import Cast

HOST = "http://testserver"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Keys]:
    folder = tmp_path_factory.mktemp("idp")
    return {name: Keys.make(folder, name) for name in ("first", "second", "stranger")}


def make_idp(name: str, keys: Keys, sp_metadata: str) -> Provider:
    provider = Provider(name, keys, keys.key.parent, sp_metadata=sp_metadata)
    provider.people = {
        "ines": ("nameid-of-ines", {REF_ID: ["{AAF}16|x|2867253"], "sn": ["Delmas"], "givenName": ["Inès"]}),
        "nobody": ("nameid-of-nobody", {REF_ID: ["{AAF}16|x|999"], "sn": ["Inconnu"], "givenName": ["Paul"]}),
    }
    return provider


@dataclass
class Federation:
    """A provider of the portal, the real one behind it, and a browser."""

    row: IdentityProvider
    idp: Provider
    browser: Browser

    @property
    def acs(self) -> str:
        return f"{HOST}/connexion/{self.row.slug}/acs/"

    @property
    def audience(self) -> str:
        return f"{HOST}/connexion/{self.row.slug}/metadata/"

    def ask(self, next_url: str = "") -> str:
        """Start at the portal; the id of the request that the provider gets."""
        answer = self.browser.get(f"/connexion/{self.row.slug}/", {"next": next_url} if next_url else {})
        (request,) = parse_qs(urlsplit(answer["Location"]).query)["SAMLRequest"]
        return str(etree.fromstring(zlib.decompress(base64.b64decode(request), -15)).get("ID"))

    def forge(self, login: str = "ines", **how: Any) -> str:
        how.setdefault("to", self.acs)
        how.setdefault("audience", self.audience)
        return self.idp.forge(login, **how)

    def post(self, response: str, relay_state: str = "") -> Any:
        """What the provider's page posts; the page that the browser ends on."""
        form = {"SAMLResponse": response, "RelayState": relay_state}
        return self.browser.post(f"/connexion/{self.row.slug}/acs/", form, follow=True)

    def sign_in(self, login: str = "ines", *, next_url: str = "", relay_state: str = "", **how: Any) -> Any:
        return self.post(self.forge(login, answers=self.ask(next_url), **how), relay_state)

    @property
    def signed_in(self) -> str | None:
        return self.browser.session.get("_auth_user_id")


def add_provider(idp_name: str, keys: Keys, client: Browser, **fields: Any) -> Federation:
    row = IdentityProvider.objects.create(
        **{"slug": idp_name, "name": idp_name.title(), "audience": "family", "identifier_attribute": REF_ID, **fields}
    )
    ours = client.get(f"/connexion/{row.slug}/metadata/").content.decode()
    idp = make_idp(idp_name, keys, ours)
    row.metadata_file = idp.metadata
    row.save()
    assert refresh(provider=row), row.refresh_error
    return Federation(row, idp, client)


@pytest.fixture
def federation(cast: Cast, keys: dict[str, Keys], client: Browser) -> Federation:
    """“Educonnect”, whom Inès is known to by the key of the directory."""
    return add_provider("educonnect", keys["first"], client)


@pytest.fixture
def ines(cast: Cast) -> User:
    """The student of the Collège du Pastel, as the feed knows her."""
    return known_as(cast.pastel.student, "2867253")


def known_as(user: User, key: str, realm: str = "16") -> User:
    Identifier.objects.update_or_create(scheme="aaf", realm=realm, value=key, defaults={"user": user})
    return user


MakeFederation = Callable[..., Federation]
