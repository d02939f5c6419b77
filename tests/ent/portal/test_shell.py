from __future__ import annotations

import re
from typing import Any

from django.urls import reverse
from lxml import html

from tests.cast import Cast


def tree_at(client: Any, url: str) -> html.HtmlElement:
    response = client.get(url)
    assert response.status_code == 200
    return html.fromstring(response.content.decode())


def test_gallery_for_anybody_signed_in_shows_every_component(cast: Cast, client_of: Any) -> None:
    tree = tree_at(client_of(cast.pastel.teacher), reverse("gallery"))

    contents = tree.xpath("//nav[@aria-label='Sur cette page']//a/@href")
    assert [f"#{section.get('id')}" for section in tree.xpath("//section[contains(@class, 'specimen')]")] == contents


def test_gallery_repeats_no_id(cast: Cast, client_of: Any) -> None:
    ids = tree_at(client_of(cast.pastel.teacher), reverse("gallery")).xpath("//@id")

    assert len(ids) == len(set(ids))


def test_shell_has_one_main_one_title_and_one_navigation(cast: Cast, client_of: Any) -> None:
    tree = tree_at(client_of(cast.pastel.student), reverse("space-home", args=["eleve"]))

    assert tree.xpath("count(//main)") == tree.xpath("count(//h1)") == 1
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]
    assert len(tree.xpath("//nav[@aria-label='Navigation principale']")) == 1
    assert tree.xpath("//nav//a[@aria-current='page']/span/text()")[0] == "Accueil"
    assert re.fullmatch(r".+ – .+", tree.xpath("string(//title)").strip())


def test_ridge_is_drawn_on_home_pages_only(cast: Cast, client_of: Any) -> None:
    client = client_of(cast.pastel.student)

    assert tree_at(client, reverse("space-home", args=["eleve"])).xpath("//*[contains(@class, 'horizon')]")
    assert not tree_at(client, reverse("my_account")).xpath("//*[contains(@class, 'horizon')]")


def test_theme_of_the_cookie_is_the_page_s(cast: Cast, client_of: Any) -> None:
    client = client_of(cast.pastel.student)
    assert tree_at(client, reverse("my_account")).get("data-theme") == "system"

    client.post(reverse("theme"), {"theme": "dark", "next": reverse("my_account")})

    tree = tree_at(client, reverse("my_account"))
    assert tree.get("data-theme") == "dark"
    assert tree.xpath("//button[@name='theme' and @aria-pressed='true']/@value")[0] == "dark"
