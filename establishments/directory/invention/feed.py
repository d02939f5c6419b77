"""Writes the files of a complete export, record by record, in slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from establishments.directory.aaf import ROOT, STATED
from establishments.directory.export import Category

VERSION = "AAF-VE2407"
RECORDS_IN_A_SLICE = 5_000
OPERATIONAL = {
    Category.STRUCTURE: "categorieStructure",
    Category.SUBJECT: "categorieMatiere",
    Category.COURSE: "categorieMef",
}
Attributes = Mapping[str, str | Iterable[str]]


class Feed:
    """The files of one delivery in a folder. Files of the same delivery that were there before are removed."""

    def __init__(self, folder: Path, *, academy: str, day: date) -> None:
        self._folder, self._academy, self._day = folder, academy, day
        self._prefix = f"ENT2D-ENT{academy}_Complet_{day:%Y%m%d}"
        self._counts: Counter[Category] = Counter()
        self._files: dict[Category, IO[str]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Feed:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob(f"ENT2D-ENT{self._academy}_Complet_*.xml"):
            old.unlink()
        for category in Category:
            self._open(category)
        return self

    def __exit__(self, *exception: object) -> None:
        for category in Category:
            self._close(category)
        self._stack.close()

    def add(self, category: Category, identifier: str, attributes: Attributes) -> None:
        """One record; an attribute without a value is written empty, as in the ministry's files."""
        count = self._counts[category]
        if count and count % RECORDS_IN_A_SLICE == 0:
            self._close(category)
            self._open(category)
        self._counts[category] += 1
        operational = OPERATIONAL.get(category, "categoriePersonne")
        self._files[category].write(
            "\n<addRequest>\n"
            f'<operationalAttributes><attr name="{operational}"><value>{STATED[category]}</value></attr>'
            "</operationalAttributes>\n"
            f"<identifier><id>{identifier}</id></identifier>\n<attributes>\n"
            + "".join(f'<attr name="{name}">{_values(value)}</attr>\n' for name, value in attributes.items())
            + "</attributes>\n</addRequest>\n"
        )

    def _open(self, category: Category) -> None:
        number = self._counts[category] // RECORDS_IN_A_SLICE
        path = self._folder / f"{self._prefix}_{category}_{number:04d}.xml"
        file = self._stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
        self._files[category] = file
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<!DOCTYPE {ROOT} SYSTEM "{ROOT}.dtd">\n'
            f"<{ROOT}>\n"
            f'<!-- versionAF="{VERSION}" codeAcademieExport="{self._academy}" degre="2D"'
            f' dateGenerationExport="{self._day:%d/%m/%Y}" -->\n'
        )

    def _close(self, category: Category) -> None:
        self._files[category].write(f"\n</{ROOT}>\n")
        self._files[category].close()


def _values(value: str | Iterable[str]) -> str:
    values = [value] if isinstance(value, str) else list(value)
    return "".join(f"<value>{escape(v)}</value>" if v else "<value/>" for v in values or [""])
