from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ent.portal.paper import font_files
from establishments.slips.drawing import Slip, draw, link_to
from tests.establishments.slips.reading import pages_of

pytestmark = pytest.mark.skipif(not font_files, reason="font-roboto is not installed")


def slip(**fields: Any) -> Slip:
    return Slip(**{
        "school": "Collège du Pastel", "person": "Inès Delmas", "what": "Élève, 5E B", "username": "ines.delmas",
        "code": "K7QF-3MXD-9T", "opens_on": None, "expires_on": date(2027, 1, 23), "is_reset": False, **fields,
    })  # fmt: skip


def test_slip_says_whose_it_is_what_it_opens_and_until_when(settings: Any) -> None:
    settings.ENT_ORIGIN = "https://ent.exemple.fr"

    (page,) = pages_of(draw([slip()]))

    for words in (
        "Collège du Pastel", "Inès Delmas", "Élève, 5E B", "Activer le compte", "ines.delmas", "K7QF-3MXD-9T",
        "ent.exemple.fr/activer/", "samedi 23 janvier", "sert une fois",
    ):  # fmt: skip
        assert words in page.replace("\u00a0", " "), words


@pytest.mark.parametrize("name", ["Trần Nguyễn Đỗ", "Łukasz Ştefănescu", "Çağrı Yılmaz", "Æsa Þórðardóttir", "Жанна Ω"])
def test_name_is_printed_with_all_its_letters(name: str) -> None:
    assert name in pages_of(draw([slip(person=name)]))[0]


def test_slips_are_four_to_a_page() -> None:
    pages = pages_of(draw([slip(person=f"Élève {number}") for number in range(9)]))

    assert [page.count("Collège du Pastel") for page in pages] == [4, 4, 1]


def test_longest_names_stay_on_their_slip() -> None:
    name = "Marie-Alexandrine-Bérengère Saint-Christophe-du-Bois-Montmorency-Laval de la Rochefoucauld-Liancourt"

    assert name in pages_of(draw([slip(person=name, school=name, what=name, username="m" * 150)]))[0]


def test_slip_without_a_code_says_why_and_opens_nothing() -> None:
    (page,) = pages_of(draw([slip(code="", why_none="Demandez-le au pôle d’appui.")]))

    assert "Demandez-le au pôle d’appui." in page
    assert "activer" not in page.lower()


def test_qr_holds_the_code_after_the_hash_only(settings: Any) -> None:
    settings.ENT_ORIGIN = "https://ent.exemple.fr"

    assert link_to("K7QF-3MXD-9T") == "https://ent.exemple.fr/activer/#K7QF3MXD9T"
