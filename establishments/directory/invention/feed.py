"""Writes the files of a complete export, record by record, in slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from random import Random
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
PEOPLE = (Category.STUDENT, Category.GUARDIAN, Category.STAFF)
GONE = 0.1  # of those whom a delta changes
Attributes = Mapping[str, str | Iterable[str]]


class Feed:
    """The files of one delivery in a folder. Files of the same delivery that were there before are removed.

    With a `delta`, another of the day after in the folder `delta` of this one: it changes that share of the people, in
    percent, of whom one in ten leaves.
    """

    def __init__(self, folder: Path, *, academy: str, day: date, kind: str = "Complet", delta: float = 0) -> None:
        self._folder, self._academy, self._day, self._kind = folder, academy, day, kind
        self._prefix = f"ENT2D-ENT{academy}_{kind}_{day:%Y%m%d}"
        self._share, self._delta = delta / 100, None
        self._rng = Random(int(delta * 100))  # noqa: S311 — its own: the complete files are the same without a delta
        if delta:
            self._delta = Feed(folder / "delta", academy=academy, day=day + timedelta(days=1), kind="Delta")
        self._counts: Counter[Category] = Counter()
        self._files: dict[Category, IO[str]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Feed:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob(f"ENT2D-ENT{self._academy}_{self._kind}_*.xml"):
            old.unlink()
        if self._delta:
            self._stack.enter_context(self._delta)
        for category in Category:
            self._open(category)
        return self

    def __exit__(self, *exception: object) -> None:
        for category in Category:
            self._close(category)
        self._stack.close()

    def add(self, category: Category, identifier: str, attributes: Attributes) -> None:
        """One record; an attribute without a value is written empty, as in the ministry's files."""
        self._write(category, identifier, "addRequest", _listed("attributes", "attr", attributes))
        if self._delta and category in PEOPLE and self._rng.random() < self._share:
            self._delta.change(category, identifier, attributes, is_gone=self._rng.random() < GONE)

    def change(self, category: Category, identifier: str, attributes: Attributes, *, is_gone: bool) -> None:
        """What a delta says of somebody: gone, or with one more first name."""
        if is_gone:
            self._write(category, identifier, "deleteRequest", "")
            return
        changed = {"givenName": f"{attributes['givenName']}-Marie"}
        content = _listed("modifications", 'modification operation="replace"', changed)
        self._write(category, identifier, "modifyRequest", content)

    def _write(self, category: Category, identifier: str, request: str, content: str) -> None:
        count = self._counts[category]
        if count and count % RECORDS_IN_A_SLICE == 0:
            self._close(category)
            self._open(category)
        self._counts[category] += 1
        operational = OPERATIONAL.get(category, "categoriePersonne")
        self._files[category].write(
            f"\n<{request}>\n"
            f'<operationalAttributes><attr name="{operational}"><value>{STATED[category]}</value></attr>'
            "</operationalAttributes>\n"
            f"<identifier><id>{identifier}</id></identifier>\n{content}</{request}>\n"
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


def _listed(around: str, tag: str, attributes: Attributes) -> str:
    end = tag.split(" ")[0]
    lines = (f'<{tag} name="{name}">{_values(value)}</{end}>\n' for name, value in attributes.items())
    return f"<{around}>\n{''.join(lines)}</{around}>\n"


def _values(value: str | Iterable[str]) -> str:
    values = [value] if isinstance(value, str) else list(value)
    return "".join(f"<value>{escape(v)}</value>" if v else "<value/>" for v in values or [""])
