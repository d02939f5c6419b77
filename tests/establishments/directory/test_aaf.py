"""Streaming one file: what is read of it, and which files are refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from establishments.directory import aaf
from establishments.directory.aaf import RawRecord
from establishments.directory.export import Category, Delivery, SourceFile
from establishments.directory.report import RefusedFileError
from tests.establishments.directory.feeds import document, record

PROLOGUE = '<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">\n'
STUDENT = record(Category.STUDENT, "7", sn="Puech", givenName="Zoé")


def source(content: str | bytes, category: Category = Category.STUDENT) -> SourceFile:
    data = content if isinstance(content, bytes) else content.encode()
    return SourceFile("eleves.xml", category, 0, lambda: io.BytesIO(data))


def read(content: str | bytes, *wanted: str) -> list[RawRecord]:
    return list(aaf.read(source(content), frozenset(wanted or ("sn", "givenName"))))


def refusal(content: str | bytes) -> str:
    with pytest.raises(RefusedFileError) as refused:
        read(content)
    return str(refused.value)


def test_read_gives_the_wanted_attributes_that_have_a_value() -> None:
    content = document(
        record(Category.STUDENT, "7", sn=["Puech", "Delpech"], mail="", givenName="Zoé"), prologue=PROLOGUE
    )
    (found,) = read(content, "sn", "mail")
    assert found.id == "7"
    assert found.request == "addRequest"
    assert found.line == 4
    assert found.attributes == {"sn": ("Puech", "Delpech"), "mail": ()}
    assert found.one("mail", "sn") == "Puech"
    assert found.one("mail") == ""


def test_read_decodes_doubled_entities() -> None:
    content = document(record(Category.STUDENT, "7", sn="L&apos;H&ocirc;te"))
    assert "&amp;apos;" in content
    assert read(content)[0].one("sn") == "L'Hôte"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "iso-8859-15", "utf-16"])
def test_read_knows_the_encoding_that_is_declared(encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>\n{document(STUDENT)}'
    assert read(content.encode(encoding))[0].one("givenName") == "Zoé"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-15", "utf-16"])
def test_read_finds_the_encoding_that_is_not_declared(encoding: str) -> None:
    assert read(document(STUDENT).encode(encoding))[0].one("givenName") == "Zoé"


def test_read_decodes_references_that_only_the_dtd_would_define() -> None:
    content = document(record(Category.STUDENT, "7", sn="X"), prologue=PROLOGUE).replace("X", "Caf&eacute;&unknown;!")
    assert read(content)[0].one("sn") == "Café&unknown;!"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "eleves.xml : Ce fichier n’est pas du XML."),
        ("id;nom\n7;Puech\n", "eleves.xml : Ce fichier n’est pas du XML."),
        (b"PK\x03\x04\x00\x00", "eleves.xml : Ce fichier n’est pas du XML."),
        ("<html><body/></html>", "eleves.xml, ligne 1 : La racine est « html » au lieu de « ficAlimMENESR »."),
        (f"<x>{document(STUDENT)}</x>", "eleves.xml, ligne 3 : Élément inattendu : « addRequest »."),
        (document("<surprise/>", STUDENT), "eleves.xml, ligne 3 : Élément inattendu : « surprise »."),
        (
            document(record(Category.GUARDIAN, "7")),
            "eleves.xml, ligne 3 : Une fiche « PersRelEleve » dans un fichier Eleve.",
        ),
        (
            document(STUDENT).replace("</attributes>", "</attr>"),
            "eleves.xml, ligne 3 : XML mal formé : Opening and ending tag mismatch: attributes line 3 and attr.",
        ),
        (
            f'<?xml version="1.0" encoding="UTF-8"?>{document(STUDENT)}'.encode("iso-8859-15"),
            "eleves.xml, ligne 3 : XML mal formé : Invalid bytes in character encoding.",
        ),
        (
            document(STUDENT) + "<more/>",
            "eleves.xml, ligne 5 : XML mal formé : Extra content at the end of the document.",
        ),
    ],
)
def test_read_refuses_a_file_that_is_something_else(content: str | bytes, expected: str) -> None:
    assert refusal(content) == expected


def test_read_refuses_a_truncated_file_wherever_it_is_cut() -> None:
    whole = document(STUDENT, STUDENT).rstrip()
    for end in range(1, len(whole), 7):
        assert refusal(whole[:end]).endswith("Ce fichier est tronqué : il s’arrête avant sa fin.")


BOMB = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "prologue",
    [
        f'<!DOCTYPE ficAlimMENESR [<!ENTITY l0 "lol">{BOMB}]>',
        f'<!DOCTYPE ficAlimMENESR [<!ENTITY l0 "lol">{BOMB}<!ATTLIST addRequest x CDATA "&l9;">]>',
        '<!DOCTYPE ficAlimMENESR [<!ENTITY passwords SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE ficAlimMENESR [<!ENTITY % remote SYSTEM "http://127.0.0.1:9/evil.dtd"> %remote;]>',
    ],
)
def test_read_refuses_declared_entities(prologue: str) -> None:
    content = document(STUDENT, prologue=prologue).replace("Puech", "&l9;&passwords;")
    assert refusal(content).endswith("Ce fichier déclare des entités XML : il est refusé.")


def test_read_never_opens_the_external_dtd(tmp_path: Path) -> None:
    dtd = tmp_path / "evil.dtd"
    dtd.write_text('<!ENTITY secret "told">')
    content = document(STUDENT, prologue=f'<!DOCTYPE ficAlimMENESR SYSTEM "{dtd.as_uri()}">').replace(
        "Puech", "&secret;"
    )
    assert read(content)[0].one("sn") == "&secret;"


def test_read_refuses_a_record_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aaf, "LONGEST_RECORD", 1)
    endless = record(Category.STUDENT, "7", sn=["Puech"] * 60_000)
    assert refusal(document(endless)) == "eleves.xml : Une fiche dépasse 1 Mo."


def test_read_gives_the_good_records_before_the_bad_one() -> None:
    found: Iterator[RawRecord] = aaf.read(source(document(STUDENT) + "<"))
    assert next(found).id == "7"
    with pytest.raises(RefusedFileError):
        next(found)


@pytest.mark.parametrize(
    ("header", "date", "expected"),
    [
        ('versionAF="AAF-VE1301"', "20250901", True),
        ('versionAF="AAF-VE1712"', "20250901", True),
        ('versionAF="AAF-VE1803"', "20130117", False),
        ('versionAF="AAF-VE2407"', "20130117", False),
        ("", "20130117", True),
        ("", "20171231", True),
        ("", "20180101", False),
        ("", "20250901", False),
    ],
)
def test_second_guardian_is_legal_before_2018(header: str, date: str, expected: bool) -> None:
    file = source(f"<ficAlimMENESR><!-- {header} -->{STUDENT}</ficAlimMENESR>")
    assert aaf.second_guardian_is_legal(Delivery("ENT", date, (file,))) is expected


def test_stated_academy_is_in_the_header_comment() -> None:
    file = source('<!-- codeAcademieExport="16" degre="2D" --><ficAlimMENESR></ficAlimMENESR>')
    assert aaf.stated_academy(Delivery("ENT", "20250901", (file,))) == "16"
    assert aaf.stated_academy(Delivery("ENT", "20250901", (source(document(STUDENT)),))) == ""
