"""Finding the files: folders, archives, names."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from establishments.directory.aaf import read
from establishments.directory.export import Category, Export, open_export
from establishments.directory.report import RefusedFileError
from tests.establishments.directory.feeds import WrittenExport, document

NAMES = (
    "ENT_0310036W_Complet_20240916_{}_0000.xml",
    "FULL_ENTTSSERVICES_Complet_20130117_{}_0000.xml",
    "ENT2DVA-ENT16_Complet_20240916_{}_0000.xml",
)


def opened(path: Path) -> Export:
    with open_export(path) as export:
        return export


def refusal(path: Path) -> str:
    with pytest.raises(RefusedFileError) as refused, open_export(path):
        pass
    return str(refused.value)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(document())


@pytest.mark.parametrize("name", NAMES)
def test_open_export_knows_the_three_families_of_names(tmp_path: Path, name: str) -> None:
    touch(tmp_path, *(name.format(category) for category in Category))
    (delivery,) = opened(tmp_path).deliveries
    assert {file.category for file in delivery.files} == set(Category)
    assert delivery.date == name.split("_")[-3]


def test_open_export_gives_deltas_after_what_they_stand_on_and_names_the_unknown(tmp_path: Path) -> None:
    delta = "ENT_A_Delta_20240917_Eleve_0000.xml"
    touch(
        tmp_path,
        "ENT_A_Complet_20240916_EtabEducNat_0000.xml",
        delta,
        "notes.xml",
        "ficAlimMENESR.dtd",
        "LISEZ-MOI.txt",
    )
    export = opened(tmp_path)
    assert [(d.name, d.date, d.is_delta) for d in export.deliveries][-1] == ("ENT_A", "20240917", True)
    assert export.deliveries[-1].files[0].name == delta
    assert export.unknown == ("notes.xml",)
    assert [file.name for file in export.deliveries[0].files] == ["ENT_A_Complet_20240916_EtabEducNat_0000.xml"]


def test_open_export_keeps_each_school_s_delivery_apart(tmp_path: Path) -> None:
    touch(tmp_path, *(f"ENT_{school}_Complet_20240916_EtabEducNat_0000.xml" for school in ("A", "B")))
    assert [delivery.name for delivery in opened(tmp_path).deliveries] == ["ENT_A", "ENT_B"]


@pytest.mark.parametrize(("slices", "lacks"), [([0, 1, 2], False), ([1], True), ([0, 2], True), ([0], False)])
def test_delivery_lacks_a_slice_when_numbers_are_missing(tmp_path: Path, slices: list[int], lacks: bool) -> None:
    touch(tmp_path, "ENT_A_Complet_20240916_EtabEducNat_0000.xml")
    touch(tmp_path, *(f"ENT_A_Complet_20240916_Eleve_{number:04}.xml" for number in slices))
    assert opened(tmp_path).deliveries[0].lacks_a_slice(Category.STUDENT) is lacks


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"livraison/{file.name}")
    return target


def tarred(folder: Path, target: Path) -> Path:
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, "livraison")
    return target


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_open_export_reads_an_archive_of_it(tmp_path: Path, family: WrittenExport, pack: object) -> None:
    path = pack(family.write(), tmp_path / "export.archive")  # type: ignore[operator]
    with open_export(path) as export:
        (delivery,) = export.deliveries
        assert [record.id for file in delivery.of(Category.GUARDIAN) for record in read(file)] == ["2", "3"]
        assert [record.id for file in delivery.of(Category.GUARDIAN) for record in read(file)] == ["2", "3"]


def test_open_export_refuses_a_path_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent") == "absent : Ce fichier ou ce dossier n’existe pas."


def test_open_export_refuses_a_folder_without_an_export(tmp_path: Path) -> None:
    assert "Aucun fichier d’export ici" in refusal(tmp_path)


def test_open_export_refuses_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "export.tgz").write_bytes(b"not an archive")
    assert refusal(tmp_path / "export.tgz").startswith("export.tgz : Cette archive est illisible")


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_open_export_refuses_a_truncated_archive(tmp_path: Path, family: WrittenExport, pack: object) -> None:
    path = pack(family.write(), tmp_path / "export.archive")  # type: ignore[operator]
    path.write_bytes(path.read_bytes()[:-200])
    assert "Cette archive est illisible" in refusal(path)


def test_read_refuses_a_damaged_member(tmp_path: Path, family: WrittenExport) -> None:
    path = zipped(family.write(), tmp_path / "export.zip")
    content = bytearray(path.read_bytes())
    content[90:110] = bytes(20)
    path.write_bytes(content)
    with open_export(path) as export, pytest.raises(RefusedFileError, match="illisible"):
        for file in export.deliveries[0].files:
            list(read(file))


def test_open_export_stays_inside_its_folder(tmp_path: Path) -> None:
    evil = tmp_path / "ENT_A_Complet_20240916_EtabEducNat_0000.xml"
    evil.write_text(document())
    with tarfile.open(tmp_path / "evil.tgz", "w:gz") as archive:
        archive.add(evil, f"../../{evil.name}")
    with open_export(tmp_path / "evil.tgz") as export:
        assert [file.name for file in export.deliveries[0].files] == [evil.name]
    assert not (tmp_path.parent.parent / evil.name).exists()


def test_open_export_refuses_two_dates(tmp_path: Path) -> None:
    touch(tmp_path, *(f"ENT_A_Complet_{date}_EtabEducNat_0000.xml" for date in ("20240916", "20240923")))
    assert "dates différentes" in refusal(tmp_path)


def test_open_export_refuses_two_files_of_one_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "double.zip", "w") as archive:
        for folder in ("a", "b"):
            archive.writestr(f"{folder}/ENT_A_Complet_20240916_EtabEducNat_0000.xml", document())
    assert "Deux fichiers portent ce nom" in refusal(tmp_path / "double.zip")


def test_open_export_refuses_an_export_without_schools(tmp_path: Path) -> None:
    touch(tmp_path, "ENT_A_Complet_20240916_Eleve_0000.xml")
    assert "EtabEducNat" in refusal(tmp_path)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_archive_that_would_fill_the_disk_is_refused(
    family: WrittenExport, tmp_path: Path, pack: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("establishments.directory.export.MOST_UNPACKED", 2_000)
    path = pack(family.write(), tmp_path / "export.archive")  # type: ignore[operator]
    assert "trop grande une fois dépliée" in refusal(path)


def test_archive_with_a_password_is_refused_in_words(export: WrittenExport, tmp_path: Path) -> None:
    path = zipped(export.write(), tmp_path / "export.zip")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "protégée par un mot de passe" in refusal(path)
