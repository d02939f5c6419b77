"""What may come in: by what it is, not by what its name says."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from establishments.files.actions import ACCEPTED, MAX_BYTES, examine, safe_name
from tests.establishments.files.zoo import FALSE, TRUE, archive, open_document


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@contextmanager
def using_little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 10**6  # bytes, at the peak
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", TRUE)
def test_true_file_of_an_accepted_kind_is_kept_with_the_type_of_its_content(name: str) -> None:
    examined = examine(upload(name, TRUE[name]))

    assert examined.name == name
    assert examined.content_type == ACCEPTED["." + name.rsplit(".", 1)[1]][0]


def test_true_file_of_an_accepted_kind_exists_for_each() -> None:
    assert {"." + name.rsplit(".", 1)[1] for name in TRUE} == ACCEPTED.keys()


@pytest.mark.parametrize("lie", FALSE)
def test_file_that_is_not_what_its_name_says_or_of_another_kind_is_refused(lie: str) -> None:
    name, content = FALSE[lie]

    with pytest.raises(ValidationError) as refusal:
        examine(upload(name, content))

    assert refusal.value.code in {"content", "kind"}
    assert refusal.value.message.startswith("« ")


@pytest.mark.parametrize("name", TRUE)
def test_true_file_under_the_extension_of_another_kind_is_refused(name: str) -> None:
    types = {extension: kind for extension, (kind, _shown) in ACCEPTED.items()}
    own = types["." + name.rsplit(".", 1)[1]]

    for extension, kind in types.items():
        may_be_text = kind.startswith("text/") and b"\0" not in TRUE[name]
        is_container_of_both = {kind, own} == {"audio/mp4", "video/mp4"}
        if kind == own or may_be_text or is_container_of_both:
            continue
        with pytest.raises(ValidationError):
            examine(upload(f"copie{extension}", TRUE[name]))


def test_empty_file_is_refused() -> None:
    with pytest.raises(ValidationError, match="est vide"):
        examine(upload("copie.png", b""))


def test_file_over_the_limit_is_refused_whatever_it_holds() -> None:
    big = upload("copie.png", TRUE["photo.png"])
    big.size = MAX_BYTES + 1

    with pytest.raises(ValidationError, match="dépasse 20 Mo"):
        examine(big)


@pytest.mark.parametrize("name", ["fiche.pdf", "photo.png", "rédaction.docx", "notes.txt"])
@pytest.mark.parametrize("head", [b"MZ\x90\0", b"\x7fELF\2\1\1\0", b"\xcf\xfa\xed\xfe\x07\0", b"#!/bin/sh\n"])
def test_program_renamed_is_refused_as_what_it_is(name: str, head: bytes) -> None:
    with pytest.raises(ValidationError, match="est un programme"):
        examine(upload(name, head + bytes(500)))


def test_program_that_is_a_readable_fiche_too_is_refused() -> None:
    with pytest.raises(ValidationError, match="est un programme"):
        examine(upload("fiche.pdf", b"MZ\0\0" + TRUE["fiche.pdf"]))


def test_note_that_begins_with_the_letters_of_a_program_is_kept() -> None:
    assert examine(upload("notes.txt", "MZ est le début d’un mot.".encode()))


@pytest.mark.parametrize("name", ["rédaction.docx", "rédaction.odt"])
def test_document_that_unpacks_to_gigabytes_is_refused_in_words_without_unpacking(name: str) -> None:
    """It is a true document, for all that its list says: one part of it is a bomb."""
    first = [("mimetype", b"application/vnd.oasis.opendocument.text")] if name.endswith("odt") else []
    content = bytearray(archive(*first, ("word/document.xml", bytes(9000)), compression=ZIP_DEFLATED))
    listed = content.rfind(b"PK\1\2")
    content[listed + 24 : listed + 28] = (501 * 10**6).to_bytes(4, "little")  # what the list says it unpacks to

    with using_little_memory(), pytest.raises(ValidationError, match="se déplierait en plus de 500 Mo"):
        examine(upload(name, bytes(content)))


def test_document_whose_entries_share_the_same_bytes_is_refused() -> None:
    """As in the bombs that unpack the same gigabytes once for each entry of a short list."""
    content = bytearray(archive(("word/a.xml", b"a" * 4000), ("word/b.xml", b"b" * 10)))
    listed = content.find(b"PK\1\2", content.find(b"PK\1\2") + 1)
    content[listed + 20 : listed + 24] = (4000).to_bytes(4, "little")  # of the second, what the first has too

    with pytest.raises(ValidationError, match="se déplierait"):
        examine(upload("rédaction.docx", bytes(content)))


@pytest.mark.parametrize("compression", [ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA])
def test_archive_that_would_unpack_to_fill_the_memory_is_refused_without_unpacking(compression: int) -> None:
    bomb = archive(("mimetype", bytes(50 * 10**6)), compression=compression)

    with using_little_memory(), pytest.raises(ValidationError):
        examine(upload("bombe.odt", bomb))


def test_archive_with_more_entries_than_any_document_is_refused_without_being_read() -> None:
    crowd = archive(("word/document.xml", b""), *((f"word/{n}", b"") for n in range(20_000)))

    with using_little_memory(), pytest.raises(ValidationError):
        examine(upload("foule.docx", crowd))


@given(name=st.sampled_from(sorted(TRUE)), content=st.binary(max_size=200))
def test_file_of_random_bytes_is_examined_without_breaking(name: str, content: bytes) -> None:
    with suppress(ValidationError):
        assert examine(upload(name, content)).name == name


@given(data=st.data(), name=st.sampled_from(["rédaction.odt", "rédaction.docx", "photo.webp", "film.mp4"]))
def test_file_with_some_bytes_changed_is_examined_without_breaking(data: st.DataObject, name: str) -> None:
    content = bytearray(TRUE[name])
    for place, byte in data.draw(st.dictionaries(st.integers(0, len(content) - 1), st.integers(0, 255))).items():
        content[place] = byte

    with suppress(ValidationError):
        assert examine(upload(name, bytes(content))).name == name


def test_document_with_a_compressed_type_is_refused() -> None:
    """OpenDocument forbids it, and it would have to be unpacked to be known."""
    assert examine(upload("a.odt", open_document("text")))
    compressed = archive(("mimetype", b"application/vnd.oasis.opendocument.text"), compression=ZIP_DEFLATED)

    with pytest.raises(ValidationError):
        examine(upload("a.odt", compressed))


# --- Names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("..\\..\\boot.png", "boot.png"),
        ("/etc/copie.png", "copie.png"),
        ("C:\\Users\\Inès\\copie.png", "copie.png"),
        ("co\0pie.png", "copie.png"),
        ("copie\r\nSet-Cookie: a=b.png", "copieSet-Cookie a=b.png"),
        ("copie\u202egnp.exe.png", "copiegnp.exe.png"),  # would be read “copieexe.png”
        ("copie\u200b.png", "copie.png"),
        ('ma "belle" copie.png', "ma belle copie.png"),
        ("  copie .png ", "copie .png"),
        ("copie.PNG", "copie.png"),
        ("énoncé corrigé.pdf", "énoncé corrigé.pdf"),
        ("e\u0301nonce\u0301.pdf", "énoncé.pdf"),  # as macOS writes it
        ("学校.png", "学校.png"),
        ("..", "fichier"),
        ("", "fichier"),
        ("???", "fichier"),
    ],
)
def test_name_is_kept_without_what_could_be_misread(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_name_that_is_very_long_is_cut_and_keeps_its_extension() -> None:
    assert safe_name("a" * 300 + ".pdf") == "a" * 120 + ".pdf"


@given(st.text(max_size=400))
def test_name_whatever_was_sent_is_short_and_harmless(sent: str) -> None:
    kept = safe_name(sent)

    assert 0 < len(kept) <= 132
    assert not set(kept) & set('/\\\0\r\n\u202e"<>')
    assert kept not in {".", ".."}
