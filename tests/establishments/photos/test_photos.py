"""Students' photos: drawn again small, seen in the school alone, and only when it says so."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Establishment, Portrait
from establishments.photos import actions
from establishments.photos.drawing import Face, draw
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.establishments.slips.reading import pages_of

SignIn = Callable[[User], Browser]


def picture(kind: str = "JPEG", size: tuple[int, int] = (600, 600), **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (180, 70, 50)).save(out, kind, **how)
    return out.getvalue()


def send(browser: Browser, school: School, content: bytes, name: str = "photo.jpg") -> Any:
    url = f"/etablissement/photos/{school.memberships['student'].pk}/"
    return browser.post(url, {"photo": SimpleUploadedFile(name, content)}, follow=True)


def kept(school: School) -> bytes:
    with tenant_scope([school.establishment]):
        portrait = Portrait.objects.get(membership=school.memberships["student"])
    with portrait.file.open("rb") as file:
        return bytes(file.read())


def with_place() -> bytes:
    """A telephone's photo, that says where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Appareil secret"
    exif.get_ifd(0x8825)[2] = (43.0, 36.0, 0.0)
    return picture(exif=exif)


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_photo_is_kept_small_and_in_the_place_of_the_one_before(
    cast: Cast, client_of: SignIn, kind: str, name: str
) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.local_admin)

    assert "Photo enregistrée." in text_of(send(browser, school, picture(kind), name))

    with Image.open(io.BytesIO(kept(school))) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (300, 400))
    with tenant_scope([school.establishment]):
        assert Portrait.objects.count() == 1
        assert AuditEvent.objects.filter(verb="photos.set", person=school.student).count() == 1


def test_where_a_photo_was_taken_is_not_kept(cast: Cast, client_of: SignIn) -> None:
    sent = with_place()
    assert b"Appareil secret" in sent

    send(client_of(cast.pastel.head), cast.pastel, sent)

    assert b"Appareil secret" not in kept(cast.pastel)
    with Image.open(io.BytesIO(kept(cast.pastel))) as drawn:
        assert not drawn.getexif()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_comment_in_a_photo_is_not_kept(cast: Cast, client_of: SignIn, kind: str) -> None:
    said = PngInfo()
    said.add_text("comment", "Chez elle, 3 rue du Pastel")
    how: dict[str, Any] = {"comment": b"Chez elle, 3 rue du Pastel"} if kind == "JPEG" else {"pnginfo": said}
    sent = picture(kind, **how)
    assert b"rue du Pastel" in sent

    send(client_of(cast.pastel.head), cast.pastel, sent, f"photo.{kind.lower()}")

    assert b"rue du Pastel" not in kept(cast.pastel)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9", "n’est pas lisible"),
        ("photo.jpg", b"<script>alert(1)</script>", "n’est pas lisible"),
        ("photo.svg", b"<svg/>", "n’est pas accepté"),
        ("photo.gif", b"GIF89a\1\0\1\0\0\0\0;", "n’est pas lisible"),
        ("photo.pdf", b"%PDF-1.4\n", "n’est pas lisible"),
        ("photo.png", picture("PNG", (9_000, 9_000)), "trop grande"),
        ("photo.jpg", b"", "vide"),
    ],
)
def test_what_is_no_photo_is_refused_and_the_one_before_stays(
    cast: Cast, client_of: SignIn, name: str, content: bytes, message: str
) -> None:
    before = kept(cast.pastel)

    page = text_of(send(client_of(cast.pastel.head), cast.pastel, content, name))

    assert message in page
    assert kept(cast.pastel) == before


def test_photo_taken_back_is_erased(cast: Cast, client_of: SignIn, django_capture_on_commit_callbacks: Any) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.local_admin)
    name = school.portrait.file.name
    assert default_storage.exists(name)

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"/etablissement/photos/{school.memberships['student'].pk}/retirer/")

    assert browser.get(f"/fichiers/photos/{school.portrait.key}/").status_code == 404
    assert not default_storage.exists(name)


def test_school_that_shows_no_photos_any_more_erases_them(
    cast: Cast, client_of: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.head)
    name, group = school.portrait.file.name, f"/etablissement/classes/{school.group.pk}/"
    assert "<img" in browser.get(f"{group}trombinoscope/").content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/etablissement/photos/", {"school": school.establishment.pk, "shows": "0"})

    assert not default_storage.exists(name)
    for page in (group, f"{group}trombinoscope/"):
        assert "/fichiers/photos/" not in browser.get(page).content.decode()
    assert browser.get(f"/etablissement/photos/{school.memberships['student'].pk}/").status_code == 403


def test_photo_is_not_given_out_without_the_schools_say(cast: Cast, client_of: SignIn) -> None:
    Establishment.objects.update(shows_photos=False)

    for who in ("head", "teacher", "student"):
        answer = client_of(cast.pastel.person(who)).get(f"/fichiers/photos/{cast.pastel.portrait.key}/")
        assert answer.status_code == 403


def test_class_shows_photos_and_initials_side_by_side(cast: Cast, client_of: SignIn) -> None:
    browser, url = client_of(cast.pastel.staff), f"/etablissement/classes/{cast.pastel.group.pk}/"

    for page in (url, f"{url}trombinoscope/"):
        answer = browser.get(page)
        assert answer.content.decode().count("/fichiers/photos/") == 1
        assert "CP" in text_of(answer)


def test_trombinoscope_is_printed_five_to_a_row_whatever_the_names() -> None:
    faces = [Face(f"Prénom{n}", f"D’Étrange-Nom-Très-Long-Numéro-{n}", None) for n in range(40)]
    faces[3] = Face("Ánh", "Nguyễn", picture())

    pdf = draw(title="5e B", caption="Collège du Pastel · 2026-2027", faces=faces)

    first, second = pages_of(pdf)
    assert first.startswith("5e B Collège du Pastel")
    assert "Nguyễn" in first
    assert "Prénom29" in first
    assert second.startswith("5e B")
    assert "Prénom39" in second


def test_trombinoscope_comes_as_a_file(cast: Cast, client_of: SignIn) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.head)
    send(browser, school, picture())

    answer = browser.get(f"/etablissement/classes/{school.group.pk}/trombinoscope.pdf")

    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Disposition"] == 'attachment; filename="trombinoscope-5e-b.pdf"'
    assert "no-store" in answer["Cache-Control"]


def test_trombinoscope_is_printed_though_the_storage_has_lost_a_photo(cast: Cast, client_of: SignIn) -> None:
    default_storage.delete(cast.pastel.portrait.file.name)

    answer = client_of(cast.pastel.head).get(f"/etablissement/classes/{cast.pastel.group.pk}/trombinoscope.pdf")

    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("who", ["staff", "teacher", "student", "hub_agent"])
def test_others_put_no_photo(cast: Cast, who: str) -> None:
    by = getattr(cast.pastel, who, None) or getattr(cast, who)
    with person_scope(by), pytest.raises(PermissionDenied):
        actions.remove_portrait(student=cast.pastel.memberships["student"], by=by)


def test_only_students_have_a_photo(cast: Cast, client_of: SignIn) -> None:
    url = f"/etablissement/photos/{cast.pastel.memberships['teacher'].pk}/"

    assert client_of(cast.pastel.head).get(url).status_code == 403


def test_school_of_a_neighbour_is_not_decided_for(cast: Cast, client_of: SignIn) -> None:
    client_of(cast.pastel.head).post("/etablissement/photos/", {"school": cast.brique.establishment.pk, "shows": "0"})

    assert Establishment.objects.get(pk=cast.brique.establishment.pk).shows_photos
    with tenant_scope([cast.brique.establishment]):
        assert Portrait.objects.count() == 1


# --- The API --------------------------------------------------------------------------------------------------


def test_api_gives_the_faces_of_a_class_and_their_files(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.pastel.staff)

    faces = browser.get(f"/api/v1/class-photos/{cast.pastel.group.pk}/").json()

    assert [(face["last_name"], face["first_name"]) for face in faces] == [
        ("Pastel", "Classmate"),
        ("Pastel", "Student"),
    ]
    assert faces[0]["photo"] is None
    assert browser.get(faces[1]["photo"]).status_code == 200
    assert client_of(cast.pastel.student).get(f"/api/v1/class-photos/{cast.pastel.group.pk}/").status_code == 403
    assert client_of(cast.brique.head).get(f"/api/v1/class-photos/{cast.pastel.group.pk}/").status_code == 404


def test_api_gives_no_photo_in_a_school_that_shows_none(cast: Cast, client_of: SignIn) -> None:
    Establishment.objects.filter(pk=cast.pastel.establishment.pk).update(shows_photos=False)

    faces = client_of(cast.pastel.head).get(f"/api/v1/class-photos/{cast.pastel.group.pk}/").json()

    assert [face["photo"] for face in faces] == [None, None]


def test_api_puts_a_photo_drawn_again_and_removes_it(cast: Cast, client_of: SignIn) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.local_admin)
    url = f"/api/v1/student-photos/{school.memberships['student'].pk}/"
    body = encode_multipart(BOUNDARY, {"photo": SimpleUploadedFile("photo.png", picture("PNG"))})

    put = browser.put(url, body, MULTIPART_CONTENT)
    assert put.status_code == 204
    with Image.open(io.BytesIO(kept(school))) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (300, 400))
    page = encode_multipart(BOUNDARY, {"photo": SimpleUploadedFile("photo.png", b"<html>")})
    assert browser.put(url, page, MULTIPART_CONTENT).status_code == 400

    assert browser.delete(url).status_code == 204
    with tenant_scope([school.establishment]):
        assert not Portrait.objects.exists()
