"""The import of one delivery while it lasts: what its phases share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from establishments.directory.aaf import second_guardian_is_legal
from establishments.directory.export import Category, Delivery
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.links import Links
from establishments.directory.people import People
from establishments.directory.reading import read_category
from establishments.directory.records import StudentRecord
from establishments.directory.report import Reason, Report
from establishments.directory.structures import Groups, Schools
from establishments.directory.values import ParentLink

T = TypeVar("T")
Progress = Callable[[str, int], None]

BATCH = 1_000  # records compared and written together


@dataclass
class Run:
    """The import of one delivery, in its scope. Of the people, it holds identifiers only."""

    delivery: Delivery
    schools: Schools
    subjects: dict[str, int]
    people: People
    groups: Groups
    links: Links
    report: Report
    progress: Progress
    seen: IdentifierSet = field(default_factory=IdentifierSet)
    unreadable: IdentifierSet = field(default_factory=IdentifierSet)
    related: IdentifierSet = field(default_factory=IdentifierSet)  # guardians and contacts of some student
    legal: IdentifierSet = field(default_factory=IdentifierSet)  # guardians with authority: those get accounts

    def __post_init__(self) -> None:
        self.second = second_guardian_is_legal(self.delivery)

    def batches(self, category: Category) -> Iterator[list[tuple[str, Any]]]:
        found = read_category(self.delivery, category, report=self.report, seen=self.seen, unreadable=self.unreadable)
        count = 0
        for batch in batched(found):
            yield batch
            count += len(batch)
            self.progress(category, count)

    def establishments(self, file: str, structures: Iterable[str]) -> dict[str, int]:
        """The establishments of these structures; those that the delivery lacks are reported."""
        found = {}
        for structure in structures:
            establishment = self.schools.by_structure.get(structure)
            if establishment is None:
                self.report.rejected.repeat(Reason.UNKNOWN_STRUCTURE, file, structure)
            else:
                found[structure] = establishment
        return found

    def placed(self, batch: list[tuple[str, Any]]) -> list[tuple[str, Any, dict[str, int]]]:
        """The records that have an establishment here, with theirs; the others are rejected."""
        found = []
        for file, record in batch:
            if here := self.establishments(file, record.structures):
                found.append((file, record, here))
            else:
                self._reject_homeless(file, record)
        return found

    def _reject_homeless(self, file: str, record: Any) -> None:
        if record.structures:
            structures = ", ".join(record.structures)
            self.report.rejected.add(Reason.UNKNOWN_SCHOOL, file, record.id, structures=structures)
        else:
            self.report.rejected.add(Reason.NO_SCHOOL, file, record.id)

    def legal_links(self, student: StudentRecord) -> dict[str, ParentLink]:
        """Those that give authority, by guardian: feeds repeat them."""
        return {link.guardian: link for link in student.links if link.is_legal(second=self.second)}


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
