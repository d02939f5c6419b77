"""The folders of a course as a tree, read with the course in one query (`with_folders`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

DEEPEST = 3  # folders within one another


@dataclass(frozen=True)
class Shelved:
    """A folder."""

    pk: int
    parent: int | None
    name: str
    opens_on: date | None


@dataclass(frozen=True)
class Shelf:
    folders: dict[int, Shelved]
    today: date

    @classmethod
    def of(cls, course: Any, today: date) -> Self:
        folders = [Shelved(row["pk"], row["parent"], row["name"], _day(row["opens_on"])) for row in course.folder_rows]
        return cls({folder.pk: folder for folder in folders}, today)

    def inside(self, parent: int | None, *, hidden_too: bool) -> list[Shelved]:
        return [f for f in self.folders.values() if f.parent == parent and (hidden_too or self.is_open(f.pk))]

    def path(self, folder: int | None) -> list[Shelved]:
        """From the outermost folder to this one."""
        path: list[Shelved] = []
        while folder is not None and folder in self.folders and len(path) <= DEEPEST:
            path.insert(0, self.folders[folder])
            folder = self.folders[folder].parent
        return path

    def is_open(self, folder: int | None) -> bool:
        """Neither it nor one that it is in is hidden until later."""
        return all(f.opens_on is None or f.opens_on <= self.today for f in self.path(folder))

    def depth(self, folder: int | None) -> int:
        return len(self.path(folder))

    def height(self, folder: int) -> int:
        """Of what is inside, itself counted."""
        return 1 + max((self.height(f.pk) for f in self.folders.values() if f.parent == folder), default=0)

    def places_for(self, folder: int | None = None) -> list[tuple[int, str]]:
        """Where a folder may go, or a resource when there is none: each with the names that lead there."""
        tall = self.height(folder) if folder else 0
        return [
            (place.pk, " › ".join(f.name for f in self.path(place.pk)))
            for place in self._in_order()
            if self.depth(place.pk) + tall <= DEEPEST and folder not in {f.pk for f in self.path(place.pk)}
        ]

    def _in_order(self, parent: int | None = None) -> list[Shelved]:
        ordered = []
        for folder in self.inside(parent, hidden_too=True):
            ordered += [folder, *self._in_order(folder.pk)]
        return ordered


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
