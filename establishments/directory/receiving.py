"""Reads a delivery into the mirror of its feed: what each school is then compared with.

Nothing of a school changes here. A complete export takes the place of what was there; a delta is merged into it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.conf import settings

from establishments.directory.aaf import DELETION, MODIFICATION, RawRecord, second_guardian_is_legal
from establishments.directory.export import Category, Delivery
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.mirror import Attributes, Mirror, Said
from establishments.directory.models import Feed, ImportRun
from establishments.directory.reading import (
    NOWHERE,
    Notebook,
    built,
    check_addition,
    check_identity,
    requests,
    silent,
)
from establishments.directory.records import StudentRecord
from establishments.directory.report import Reason, RefusedFileError, RefusedRecordError, Report
from establishments.directory.structures import Schools, settle_structures, settle_subjects, structures_of

Progress = Callable[[str, int], None]
BATCH = 1_000
PEOPLE = (Category.STUDENT, Category.GUARDIAN, Category.STAFF)


def day_of(delivery: Delivery) -> date:
    return date.fromisoformat(delivery.date)


def check_date(feed: Feed, delivery: Delivery) -> None:
    """A delta stands on the day before it. Raises `RefusedFileError`."""
    dated, file = day_of(delivery), delivery.files[0].name
    if feed.dated is None:
        if delivery.is_delta:
            raise RefusedFileError(file, Reason.NO_FEED)
        return
    known = f"{feed.dated:%d/%m/%Y}"
    if dated < feed.dated or (delivery.is_delta and dated == feed.dated):
        raise RefusedFileError(file, Reason.OLDER, date=f"{dated:%d/%m/%Y}", known=known)
    due = feed.dated + timedelta(days=settings.ENT_FEED_DELTA_EVERY)
    if delivery.is_delta and dated > due and not feed.waits_for_complete:
        raise RefusedFileError(file, Reason.GAP, missing=f"{due:%d/%m/%Y}")


class Reception:
    """One delivery, read into its mirror; `touched` are the establishments of which something changed."""

    def __init__(self, *, delivery: Delivery, feed: Feed, run: ImportRun, report: Report, progress: Progress) -> None:
        self.delivery, self.feed, self.report, self.progress = delivery, feed, report, progress
        self.second = second_guardian_is_legal(delivery)
        self.is_dry = run.is_dry
        self.mirror = Mirror(feed=feed, run=run, has_old_links=self.second)
        self.seen = {category: IdentifierSet() for category in Category}
        self.people = IdentifierSet()  # identifiers of people, whatever the file: they are unique in the academy
        self.related = IdentifierSet()  # guardians that a student read now names
        self.fresh: list[str] = []  # guardians of whom something is new
        self.schools = Schools({})
        self.before: dict[str, Attributes] = {}  # what was said of those that a delta modifies
        # A record that says the same may mean another school: one that appeared, a section that changed hands.
        self.must_read_all = False

    @property
    def touched(self) -> set[int]:
        return self.mirror.touched

    def take(self) -> None:
        self._take_structures()
        settle_subjects(delivery=self.delivery, report=self.report, is_dry=self.is_dry)
        for _course in requests(self.delivery, Category.COURSE, report=self.report):
            pass  # read so that they are checked and counted
        for category in PEOPLE:
            self._take_people(category)
        if not self.delivery.is_delta:
            self._forget_unseen()
        self._settle_guardians()
        self.feed.dated, self.feed.waits_for_complete = day_of(self.delivery), False
        self.feed.save(update_fields=["dated", "waits_for_complete"])

    # --- Structures -----------------------------------------------------------------------------------------

    def _take_structures(self) -> None:
        before = self._places_so_far()
        for file, raw in self._requests(Category.STRUCTURE):
            notebook = Notebook(self.report, file, raw.id)
            try:
                check_identity(raw, Category.STRUCTURE, self.seen[Category.STRUCTURE])
                if (attributes := self._attributes(raw, Category.STRUCTURE)) is not None:
                    built(Category.STRUCTURE, raw.id, attributes, notebook)
                    self.mirror.keep(Said(Category.STRUCTURE, raw.id, attributes, file=file))
            except RefusedRecordError as refusal:
                notebook.reject(refusal.reason, **refusal.params)
        self.mirror.flush()
        if not self.delivery.is_delta:
            self._forget_structures()
        found = [
            (file, built(Category.STRUCTURE, key, attributes, silent))
            for file, key, attributes in self.mirror.records(Category.STRUCTURE)
        ]
        self.schools = settle_structures(found=found, academy=self.feed.realm, report=self.report, is_dry=self.is_dry)
        self.must_read_all = any(before.get(key) != pk for key, pk in self.schools.by_structure.items())
        changed = self.mirror.changed & self.schools.by_structure.keys()
        self.mirror.touched.update(self.schools.by_structure[key] for key in changed)
        if not self.delivery.is_delta:
            self.mirror.take_over(self.schools.ids)

    def _places_so_far(self) -> dict[str, int]:
        """The establishments that the feed's structures stood for when its people were last read."""
        known = structures_of(self.feed.realm)
        keys = [key for _file, key, _attributes in self.mirror.records(Category.STRUCTURE)]
        return {key: known[key] for key in keys if key in known}

    def _forget_structures(self) -> None:
        seen = self.seen[Category.STRUCTURE]
        file = self.delivery.of(Category.STRUCTURE)[0].name
        for key in self.mirror.forget_unseen(Category.STRUCTURE, seen, delivered=frozenset()):
            self.report.warnings.add(Reason.GONE_SCHOOL, file, key)

    # --- People ---------------------------------------------------------------------------------------------

    def _take_people(self, category: Category) -> None:
        known = NOWHERE if self.delivery.is_delta or self.must_read_all else self.mirror.digests(category)
        gone: list[str] = []
        for file, raw in self._requests(category, known):
            notebook = Notebook(self.report, file, raw.id)
            try:
                check_identity(raw, category, self.people)
                self.seen[category].add(raw.id)
                if raw.is_known:
                    continue
                if raw.request == DELETION and self.delivery.is_delta:
                    gone.append(raw.id)
                elif (attributes := self._attributes(raw, category)) is not None:
                    self._keep(file, raw, category, attributes, notebook)
            except RefusedRecordError as refusal:
                notebook.reject(refusal.reason, **refusal.params)
        self.mirror.flush()
        if gone:
            if category == Category.GUARDIAN:
                self.mirror.touch_children_of(gone)
            self.mirror.forget(category, gone)

    def _requests(self, category: Category, known: Container[int] = NOWHERE) -> Iterator[tuple[str, RawRecord]]:
        """The category's requests, with what stood in the mirror of those that a delta modifies read beforehand."""
        found = requests(self.delivery, category, report=self.report, known=known)
        count = 0
        for batch in iter(lambda: list(islice(found, BATCH)), []):
            modified = [raw.id for _file, raw in batch if raw.request == MODIFICATION]
            # Each is met once in a delivery: what another request of the batch says of it is refused.
            self.before = self.mirror.attributes(category, modified) if modified else {}
            yield from batch
            count += len(batch)
            self.progress(category, count)

    def _attributes(self, raw: RawRecord, category: Category) -> Any:
        """What the record says now; None when it says that there is nothing any more."""
        if not self.delivery.is_delta:
            check_addition(raw)
        elif raw.request == DELETION:
            self.mirror.flush()
            self.mirror.forget(category, [raw.id])
            return None
        elif raw.request == MODIFICATION:
            if raw.id not in self.before:
                raise RefusedRecordError(Reason.UNKNOWN_RECORD)
            return {**self.before[raw.id], **_plain(raw)}
        return _plain(raw)

    def _keep(self, file: str, raw: RawRecord, category: Category, attributes: Any, notebook: Notebook) -> None:
        record = built(category, raw.id, attributes, notebook)
        here: dict[str, int] = {}
        if category == Category.GUARDIAN:
            self.fresh.append(raw.id)
        else:
            here = self._places(file, record.structures)
            if not here and record.structures:
                structures = ", ".join(record.structures)
                notebook.reject(Reason.UNKNOWN_SCHOOL, structures=structures)
            elif not here:
                notebook.reject(Reason.NO_SCHOOL)
            elif category == Category.STUDENT:
                self._note_student(record, here, notebook)
        said = Said(
            category,
            raw.id,
            attributes,
            digest=0 if notebook.has_said or self.delivery.is_delta else raw.digest,
            schools=frozenset(here.values()),
            refers=frozenset(link.guardian for link in record.links) if category == Category.STUDENT else frozenset(),
            file=file,
        )
        for guardian in said.refers:
            self.related.add(guardian)
        self.mirror.keep(said)

    def _places(self, file: str, structures: Collection[str]) -> dict[str, int]:
        """The establishments of these structures; those that the delivery lacks are reported."""
        found = {}
        for structure in structures:
            establishment = self.schools.by_structure.get(structure)
            if establishment is None:
                self.report.rejected.repeat(Reason.UNKNOWN_STRUCTURE, file, structure)
            else:
                found[structure] = establishment
        return found

    def _note_student(self, student: StudentRecord, here: dict[str, int], notebook: Notebook) -> None:
        if not any(ref.structure in here for ref in student.classes):
            notebook(Reason.NO_CLASS)
        if not any(link.is_legal(second=self.second) for link in student.links):
            notebook(Reason.NO_GUARDIAN)

    # --- What is no longer said -----------------------------------------------------------------------------

    def _forget_unseen(self) -> None:
        """Only where the files are all there: half a category would end the other half's people."""
        for category in PEOPLE:
            if is_whole(self.delivery, category):
                gone = self.mirror.forget_unseen(category, self.seen[category], delivered=self.schools.ids)
                if category == Category.GUARDIAN:
                    self.mirror.touch_children_of(gone)

    def _settle_guardians(self) -> None:
        if not self.schools.ids <= self.touched:  # else it is known already that all are concerned
            self.mirror.touch_children_of(self.fresh)
        if self.delivery.is_delta:
            return
        file = next((file.name for file in self.delivery.of(Category.GUARDIAN)), "")
        for guardian in sorted(self.mirror.nobodys(g for g in self.fresh if g not in self.related)):
            self.report.warnings.add(Reason.NOBODYS, file, guardian)


def is_whole(delivery: Delivery, category: Category) -> bool:
    return bool(delivery.of(category)) and not delivery.lacks_a_slice(category)


def _plain(raw: RawRecord) -> dict[str, list[str]]:
    return {name: list(values) for name, values in raw.attributes.items()}
