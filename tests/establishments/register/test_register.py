"""The national register: what it fills, what it leaves to others, and what it says of a bad file."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts.models import User
from ent.tenancy.scope import person_scope
from establishments.models import Establishment
from establishments.register.actions import import_register
from establishments.register.reading import Reading, read
from establishments.register.report import Report
from tests.browser import Browser, text_of
from tests.cast import Cast

SignIn = Callable[[User], Browser]
HEAD = [
    "uai", "nom", "code_nature", "nature", "statut", "ministere_tutelle", "adresse_1", "code_postal", "code_insee",
    "commune", "code_academie", "latitude", "longitude", "telephone", "mail", "web", "type_rattachement",
]  # fmt: skip
EDUCATION = "MINISTERE DE L'EDUCATION NATIONALE"
PASTEL = [
    "0810001L", "Collège du Pastel", "340", "COLLEGE", "Public", EDUCATION, "1 rue du Moulin", "81100", "81065",
    "Castres", "16", "43.60545899", "2.24125811", "05 63 00 00 00", "0810001L@ac-toulouse.fr", "pastel.example.fr", "",
]  # fmt: skip
NEW = [
    "0310036W", "Lycée d’essai", "300", "LYCEE", "Privé", "AGRICULTURE", "Route du Canal", "31000", "31555",
    "Toulouse", "16", "", "", "", "", "", "",
]  # fmt: skip
SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "etablissements.csv"


@pytest.fixture(autouse=True)
def national_code(request: pytest.FixtureRequest) -> None:
    """The register has true codes only; the cast's are invented."""
    if "cast" in request.fixturenames:
        school = request.getfixturevalue("cast").pastel.establishment
        school.uai = "0810001L"
        school.save(update_fields=["uai"])


def with_cells(row: Sequence[str], **cells: str) -> list[str]:
    return [cells.get(name, value) for name, value in zip(HEAD, row, strict=True)]


def file_of(*rows: Sequence[str], separator: str = ",", encoding: str = "utf-8", head: Sequence[str] = HEAD) -> bytes:
    return "\r\n".join(separator.join(row) for row in (head, *rows)).encode(encoding)


def reading_of(*rows: Sequence[str]) -> Reading:
    return read(file_of(*rows))


def run(*rows: Sequence[str], **how: Any) -> Report:
    return import_register(reading=reading_of(*rows), by=None, **how)


def pastel() -> Establishment:
    school: Establishment = Establishment.objects.get(uai="0810001L")
    return school


# --- What it writes -------------------------------------------------------------------------------------------


def test_school_known_here_is_completed_where_it_is_empty(cast: Cast) -> None:
    report = run(PASTEL)

    school = pastel()
    assert (school.address, school.postal_code, school.phone) == ("1 rue du Moulin", "81100", "05 63 00 00 00")
    assert (school.latitude, school.longitude) == (43.605459, 2.241258)
    assert (school.email, school.website) == ("0810001l@ac-toulouse.fr", "https://pastel.example.fr")
    assert report.differences == []
    assert "adresse" in report.updated["0810001L"]


def test_second_run_changes_nothing(cast: Cast) -> None:
    run(PASTEL, NEW, create=True)
    before = list(Establishment.objects.order_by("pk").values())

    report = run(PASTEL, NEW, create=True)

    assert (report.created, report.updated, report.unchanged) == ([], {}, 2)
    assert list(Establishment.objects.order_by("pk").values()) == before


def test_trial_says_the_same_and_writes_nothing(cast: Cast) -> None:
    before = list(Establishment.objects.order_by("pk").values())

    trial = run(PASTEL, NEW, create=True, dry_run=True)
    assert list(Establishment.objects.order_by("pk").values()) == before

    real = run(PASTEL, NEW, create=True)
    assert (trial.created, trial.updated) == (real.created, real.updated)


def test_register_corrects_what_it_wrote_itself(cast: Cast) -> None:
    run(PASTEL)

    run(with_cells(PASTEL, telephone="05 63 11 11 11"))

    assert pastel().phone == "05 63 11 11 11"


@pytest.mark.parametrize("by_hand", ["05 00 00 00 00", ""])
def test_field_changed_by_hand_is_kept_and_the_difference_said(cast: Cast, by_hand: str) -> None:
    run(PASTEL)
    Establishment.objects.filter(uai="0810001L").update(phone=by_hand)

    for _ in range(2):
        report = run(with_cells(PASTEL, telephone="05 63 11 11 11"))

        assert pastel().phone == by_hand
        (difference,) = report.differences
        assert (difference.here, difference.register) == (by_hand, "05 63 11 11 11")
        assert difference.kept_for == "administration"


def test_name_that_the_feed_gave_is_kept(cast: Cast) -> None:
    report = run(with_cells(PASTEL, nom="Collège Public du Pastel"))

    assert pastel().name == "Collège du Pastel"
    assert [(d.field, d.kept_for) for d in report.differences] == [("nom", "annuaire fédérateur")]


def test_missing_schools_are_created_only_when_asked_and_let_nobody_in(cast: Cast) -> None:
    assert run(NEW).unknown == 1
    assert not Establishment.objects.filter(uai="0310036W").exists()

    run(NEW, create=True)

    school = Establishment.objects.get(uai="0310036W")
    assert (school.state, school.kind, school.ministry, school.sector) == (
        "planned", "lycee_agri", "agriculture", "private",
    )  # fmt: skip
    assert school.academy == cast.pastel.establishment.academy
    assert school.department == "031"


@pytest.mark.parametrize(("nature", "link"), [("334", ""), ("335", ""), ("320", "FILIERE OU DEPARTEMENT OU SECTION")])
def test_section_of_another_school_is_no_school(cast: Cast, nature: str, link: str) -> None:
    report = run(with_cells(NEW, code_nature=nature, type_rattachement=link), create=True)

    assert (report.sections, report.created) == (1, [])


@pytest.mark.parametrize(
    ("nature", "label", "ministry", "kind"),
    [
        ("340", "LYCEE", EDUCATION, "college"),
        ("306", "COLLEGE", EDUCATION, "lycee"),
        ("320", "", EDUCATION, "lycee_pro"),
        ("320", "", "AGRICULTURE", "lycee_agri"),
        ("307", "", "", "lycee_agri"),
        ("370", "", EDUCATION, "erea"),
        ("380", "", "AGRICULTURE", "other"),
    ],
)
def test_code_of_nature_is_trusted_rather_than_its_label(nature: str, label: str, ministry: str, kind: str) -> None:
    reading = reading_of(with_cells(NEW, code_nature=nature, nature=label, ministere_tutelle=ministry))

    assert [record.values["kind"] for record in reading.records] == [kind]


def test_primary_school_is_not_for_this_portal(cast: Cast) -> None:
    report = run(with_cells(NEW, code_nature="151"), create=True)

    assert (report.others, report.created) == (1, [])


# --- Files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_are_found(encoding: str, separator: str) -> None:
    reading = read(file_of(PASTEL, separator=separator, encoding=encoding))

    assert [record.values["name"] for record in reading.records] == ["Collège du Pastel"]


def test_names_of_the_ministrys_own_columns_are_known() -> None:
    names = {
        "uai": "Identifiant_de_l_etablissement",
        "nom": "Nom_etablissement",
        "commune": "Nom_commune",
        "statut": "Statut_public_prive",
    }

    reading = read(file_of(PASTEL, separator=";", head=[names.get(name, name) for name in HEAD]))

    assert reading.records[0].values["city"] == "Castres"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (with_cells(NEW, uai="0310036X"), "« 0310036X » n’est pas un code UAI."),
        (with_cells(NEW, uai=""), "« » n’est pas un code UAI."),
        (with_cells(NEW, nom=""), "0310036W n’a pas de nom."),
        (NEW[:-1], "16 colonnes au lieu de 17."),
        (PASTEL, "0810001L est déjà à la ligne 2."),
    ],
)
def test_bad_row_is_said_by_its_line_and_the_others_are_read(row: list[str], said: str) -> None:
    reading = reading_of(PASTEL, row)

    assert [(line, " ".join(message.split())) for line, message in reading.errors] == [(3, said)]
    assert [record.uai for record in reading.records] == ["0810001L"]


@pytest.mark.parametrize("latitude", ["91", "nan", "inf", "à côté", "1e999"])
def test_place_that_is_nowhere_is_said_and_the_rest_taken(latitude: str) -> None:
    reading = reading_of(with_cells(PASTEL, latitude=latitude))

    assert "latitude" not in reading.records[0].values
    assert reading.records[0].values["name"] == "Collège du Pastel"
    assert f"« {latitude} » n’est pas lisible (latitude)" in reading.errors[0][1]


@pytest.mark.parametrize("content", [b"", b"nom,prenom\r\nA,B", b"\x89PNG\r\n\x1a\n\0\0", b"<html>"])
def test_file_that_is_no_register_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError, match="annuaire de l’éducation"):
        read(content)


# --- The command and the page ---------------------------------------------------------------------------------


def test_command_reports_as_json(cast: Cast, tmp_path: Path) -> None:
    path, out = tmp_path / "registre.csv", io.StringIO()
    path.write_bytes(file_of(PASTEL, NEW))

    call_command("import_register", str(path), "--json", "--create", stdout=out)

    report = json.loads(out.getvalue())
    assert report["created"] == ["0310036W"]
    assert list(report["updated"]) == ["0810001L"]


def test_command_says_what_is_wrong_with_the_file(db: None, tmp_path: Path) -> None:
    path = tmp_path / "autre.csv"
    path.write_bytes(b"a;b\n1;2\n")

    with pytest.raises(CommandError, match="il manque la colonne « uai »"):
        call_command("import_register", str(path))
    with pytest.raises(CommandError, match="n’est pas lisible"):
        call_command("import_register", str(tmp_path / "absent.csv"))


URL = "/admin/establishments/establishment/registre/"


def send(browser: Browser, *rows: Sequence[str], **more: str) -> str:
    upload = SimpleUploadedFile("registre.csv", file_of(*rows), "text/csv")
    return text_of(browser.post(URL, {"file": upload, **more}))


@pytest.fixture
def rectorate(cast: Cast, client_of: SignIn) -> Browser:
    cast.rectorate_admin.user_permissions.set(Permission.objects.all())
    return client_of(cast.rectorate_admin)


def test_rectorate_tries_the_file_then_takes_it(cast: Cast, rectorate: Browser) -> None:
    tried = send(rectorate, PASTEL, with_cells(NEW, uai="0310036X"), create="on")
    assert "Essai : rien n’a été écrit" in tried
    assert "« 0310036X » n’est pas un code UAI." in tried
    assert pastel().address == ""

    taken = send(rectorate, PASTEL, create="on", write="1")
    assert "Registre repris" in taken
    assert pastel().address == "1 rue du Moulin"
    history = text_of(rectorate.get(f"/admin/establishments/establishment/{pastel().pk}/history/"))
    assert "Complété par le registre national des établissements" in history


def test_file_that_is_no_register_is_said_on_the_page(rectorate: Browser) -> None:
    answer = rectorate.post(URL, {"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")})

    assert "Ce n’est pas l’annuaire de l’éducation" in text_of(answer)
    assert "Choisissez le fichier." in text_of(rectorate.post(URL, {}))


def test_schools_of_another_academy_are_neither_changed_nor_created(cast: Cast) -> None:
    far = cast.pastel.establishment.academy.__class__.objects.create(kind="academy", code="11", name="Montpellier")
    Establishment.objects.filter(uai="0810001L").update(academy=far)
    with person_scope(cast.rectorate_admin):
        report = import_register(
            reading=reading_of(PASTEL, with_cells(NEW, code_academie="11")), by=cast.rectorate_admin, create=True
        )

    assert (report.elsewhere, report.created, report.updated) == (2, [], {})
    assert pastel().address == ""


@pytest.mark.parametrize("who", ["hub_agent", "authority_agent", "outsider"])
def test_nobody_else_imports_the_register(cast: Cast, who: str) -> None:
    user = getattr(cast, who)
    with person_scope(user), pytest.raises(PermissionDenied):
        import_register(reading=reading_of(PASTEL), by=user)


def test_page_is_refused_without_the_right(cast: Cast, client_of: SignIn) -> None:
    assert client_of(cast.rectorate_admin).get(URL).status_code == 403


# --- The register itself --------------------------------------------------------------------------------------


@pytest.mark.skipif(not SAMPLE.exists(), reason="needs etablissements.csv, the register of the academy of Toulouse")
def test_register_of_the_academy_is_read_whole(db: None) -> None:
    reading = read(SAMPLE.read_bytes())

    assert reading.errors == []
    # 40 SEP and 25 SGT, and the three annexes of lycées among them.
    assert reading.sections == 65
    assert len(reading.records) == 617
    report = import_register(reading=reading, by=None, create=True)
    assert len(report.created) == 617
    assert import_register(reading=reading, by=None, create=True).unchanged == 617
    kinds = {kind: Establishment.objects.filter(kind=kind).count() for kind in ("college", "lycee_agri", "erea")}
    assert kinds == {"college": 361, "lycee_agri": 33, "erea": 3}
    assert Establishment.objects.exclude(latitude=None).count() > 600
