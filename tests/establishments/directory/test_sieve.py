"""Known records never reach the parser, and nothing else is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction

from ent.tenancy.gates import opened
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.directory import aaf
from establishments.directory.export import Category
from establishments.directory.models import GATE, AsideRecord, FeedRecord, ImportRun
from establishments.directory.report import RefusedFileError
from establishments.models import Establishment
from tests.cast import Cast
from tests.establishments.directory.feeds import (
    FABRE,
    WrittenExport,
    counts,
    imported,
    reasons,
    roles,
    snapshot,
    user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(family: WrittenExport) -> WrittenExport:
    """Five students, imported once."""
    for number in range(10, 15):
        family.student(str(number), name=f"Élève{number}", links=["2$10$1$1$1$0"])
    family.imported()
    return family


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Identifiers of the people whose attributes were read."""
    found: list[str] = []
    read = aaf._attributes

    def noted(element: object, wanted: frozenset[str]) -> dict[str, tuple[str, ...]]:
        found.append(aaf._id(element))
        return read(element, wanted)

    monkeypatch.setattr(aaf, "_attributes", noted)
    return found


def students(export: WrittenExport) -> Path:
    export.write()
    return export.path(Category.STUDENT)


def test_known_records_are_not_parsed_and_what_changed_is(known: WrittenExport, parsed: list[str]) -> None:
    known.student("12", name="Renommée", links=["2$10$1$1$1$0"])
    report = known.imported()
    people = {key for key in parsed if key in {"1", "2", "3", "4", *map(str, range(10, 15))}}
    assert people == {"12"}
    assert report.read["Eleve"] == 6
    assert user("12").last_name == "Renommée"
    assert counts(report, "removed") == {}


def test_known_record_that_moved_in_the_file_is_known(known: WrittenExport, parsed: list[str]) -> None:
    held = known.records[Category.STUDENT]
    known.records[Category.STUDENT] = dict(reversed(held.items()))
    report = known.imported()
    assert not {"10", "11", "12", "13", "14"} & set(parsed)
    assert counts(report, "updated") == counts(report, "removed") == {}


def test_other_line_ends_are_read_once_again_and_change_nothing(known: WrittenExport, parsed: list[str]) -> None:
    def spread(file: Path) -> None:
        file.write_bytes(file.read_bytes().replace(b"<attr ", b"\r\n<attr "))

    before = snapshot()
    spread(students(known))
    report = imported(known.folder)
    assert "10" in parsed
    assert snapshot() == before
    assert counts(report, "updated") == {}
    parsed.clear()
    imported(known.folder)
    assert "10" not in parsed


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- </addRequest> -->",
        "<!-- <addRequest> -->",
        "<!-- <addRequest>...</addRequest> -->",
        '<attr name="x"><value><![CDATA[</addRequest>]]></value></attr>',
        '<attr name="x"><value><![CDATA[<addRequest>]]></value></attr>',
        "<?x </addRequest> ?>",
    ],
)
def test_what_only_looks_like_a_record_s_end_hides_none(known: WrittenExport, hidden: str) -> None:
    """Inside a record, and before it: the same file twice, and then with another name."""
    file = students(known)
    inside = file.read_text().replace('<attr name="sn"><value>Élève12', f'{hidden}<attr name="sn"><value>Élève12')
    if not hidden.startswith("<attr"):
        inside = inside.replace("<addRequest>", f"{hidden}\n<addRequest>", 1)
    before = snapshot()
    for _time in range(3):
        file.write_text(inside, encoding="utf-8")
        report = imported(known.folder)
        assert (len(report.rejected), len(report.warnings)) == (0, 0)
        assert snapshot() == before
    file.write_text(inside.replace("Élève12", "Renommée"), encoding="utf-8")
    imported(known.folder)
    assert user("12").last_name == "Renommée"
    assert roles("13") == {("0120101V", "student")}


def test_second_copy_of_a_known_record_is_said(known: WrittenExport) -> None:
    file = students(known)
    text = file.read_text()
    start = text.index("<addRequest>", text.index("<id>12</id>") - 200)
    record = text[start : text.index("</addRequest>", start) + len("</addRequest>")]
    file.write_text(text.replace("</ficAlimMENESR>", f"{record}\n</ficAlimMENESR>"), encoding="utf-8")
    said = reasons(imported(known.folder).rejected)
    assert [reason for _key, reason in said] == [
        "Cet identifiant est déjà celui d’une autre fiche : seule la première est lue."
    ]
    assert roles("12") == {("0120101V", "student")}


@pytest.mark.parametrize("kept", [0.35, 0.6, 0.97])
def test_truncated_file_of_known_records_is_refused(known: WrittenExport, kept: float) -> None:
    file = students(known)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    before = snapshot()
    with pytest.raises(RefusedFileError, match=r"Eleve_0000\.xml"):
        imported(known.folder)
    assert snapshot() == before


def test_line_of_an_error_counts_those_of_the_known_records(known: WrittenExport) -> None:
    file = students(known)
    lines = file.read_text().count("\n")
    broken = file.read_text().replace("</ficAlimMENESR>", "<addRequest></att>\n</ficAlimMENESR>")
    file.write_text(broken, encoding="utf-8")
    with pytest.raises(RefusedFileError) as refusal:
        imported(known.folder)
    assert refusal.value.line == lines


@pytest.mark.parametrize(("declared", "written"), [("UTF-8", "iso-8859-15"), ("us-ascii", "utf-8")])
def test_encoding_that_is_declared_and_not_kept_is_refused(known: WrittenExport, declared: str, written: str) -> None:
    file = students(known)
    text = f'<?xml version="1.0" encoding="{declared}"?>\n{file.read_text()}'.replace("Élève", "Éleve")
    file.write_bytes(text.encode(written))
    before = snapshot()
    with pytest.raises(RefusedFileError, match=r"Eleve_0000\.xml"):
        imported(known.folder)
    assert snapshot() == before


# --- The gate -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [FeedRecord, AsideRecord])
def test_feed_s_records_are_seen_in_the_open_gate_only(cast: Cast, known: WrittenExport, model: type) -> None:
    with opened(GATE):
        run = ImportRun.objects.latest("pk")
        AsideRecord.objects.create(run=run, file="x", line=1, request="addRequest", category="Eleve", key="1")
        assert model.objects.exists()
    assert not model.objects.exists()
    with tenant_scope(Establishment.objects.all()):
        assert not model.objects.exists()
        assert by_sql(model) == 0
    with transaction.atomic(), person_scope(cast.rectorate_admin):
        assert not model.objects.exists()
        assert by_sql(model) == 0
    with transaction.atomic():
        assert model.objects.update(file="autre") == 0
    with opened(GATE):
        assert not model.objects.filter(file="autre").exists()


def by_sql(model: type) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("ent_app", "off")
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def test_gate_closes_behind_an_error(known: WrittenExport) -> None:
    with pytest.raises(RuntimeError), opened(GATE):
        raise RuntimeError
    assert not FeedRecord.objects.exists()


def test_class_of_an_unchanged_student_is_still_hers(known: WrittenExport) -> None:
    """A teacher changes, the class's students do not: they stay in it."""
    known.staff("4", ENTPersonCategorieEnseignant="O", ENTAuxEnsClassesMatieres=f"{FABRE}$5e A$061300")
    report = known.imported()
    assert counts(report, "removed") == {"form_teachers": 1}
    assert report.unchanged["group_memberships"] == 6
