"""The mirror of one feed: the last that it said of each structure and person (`FeedRecord`), behind its gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from establishments.directory.digests import DigestSet
from establishments.directory.export import Category
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.models import Feed, FeedRecord, ImportRun
from establishments.directory.rows import AT_ONCE, delete, insert, update

COLUMNS = ("feed", "category", "key", "digest", "attributes", "has_old_links", "schools", "refers", "file", "run")
Attributes = Mapping[str, Any]


@dataclass
class Said:
    """A record as it came, and what it is about."""

    category: Category
    key: str
    attributes: Attributes
    digest: int = 0
    schools: frozenset[int] = frozenset()
    refers: frozenset[str] = frozenset()
    file: str = ""


@dataclass
class Mirror:
    feed: Feed
    run: ImportRun
    has_old_links: bool
    touched: set[int] = field(default_factory=set)  # establishments of which something changed
    changed: set[str] = field(default_factory=set)  # structures of which something changed
    _waiting: list[Said] = field(default_factory=list)

    def digests(self, category: Category) -> DigestSet:
        """Of the records that need not be read again."""
        rows = FeedRecord.objects.filter(feed=self.feed, category=category, has_old_links=self.has_old_links).exclude(
            digest=0
        )
        return DigestSet(rows.values_list("digest", flat=True).iterator(chunk_size=20_000))

    def attributes(self, category: Category, keys: Iterable[str]) -> dict[str, Attributes]:
        rows = FeedRecord.objects.filter(feed=self.feed, category=category, key__in=list(keys))
        return dict(rows.values_list("key", "attributes"))

    def records(self, category: Category) -> Iterator[tuple[str, str, Attributes]]:
        """File, key and attributes of all those of the category."""
        rows = FeedRecord.objects.filter(feed=self.feed, category=category).order_by("pk")
        return rows.values_list("file", "key", "attributes").iterator(chunk_size=2_000)

    def keep(self, said: Said) -> None:
        """In the place of what was said before; written now and then, and by `flush`."""
        self._waiting.append(said)
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """What waits is of one category: each is flushed before the next begins."""
        said, self._waiting = {each.key: each for each in self._waiting}, []
        if not said:
            return
        category = next(iter(said.values())).category
        rows = FeedRecord.objects.filter(feed=self.feed, category=category, key__in=list(said))
        known = {row.key: row for row in rows}
        changed = [each for key, each in said.items() if key not in known or self._differs(each, known[key])]
        same = said.keys() - {each.key for each in changed}
        # The same, written otherwise: known by its new bytes from now on.
        update(FeedRecord, ["digest"], [(known[k].pk, said[k].digest) for k in same if said[k].digest])
        if category == Category.STRUCTURE:
            self.changed.update(each.key for each in changed)
        for each in changed:
            self.touched |= each.schools
            if each.key in known:
                self.touched.update(known[each.key].schools)
        insert(FeedRecord, COLUMNS, [self._row(each) for each in changed if each.key not in known])
        update(FeedRecord, COLUMNS, [(known[e.key].pk, *self._row(e)) for e in changed if e.key in known])

    def _differs(self, said: Said, row: FeedRecord) -> bool:
        told = (said.attributes, sorted(said.schools), self.has_old_links)
        return told != (row.attributes, sorted(row.schools), row.has_old_links)

    def _row(self, said: Said) -> tuple[Any, ...]:
        return (
            self.feed.pk,
            said.category.value,
            said.key,
            said.digest,
            said.attributes,
            self.has_old_links,
            sorted(said.schools),
            sorted(said.refers),
            said.file,
            self.run.pk,
        )

    def forget(self, category: Category, keys: Iterable[str]) -> set[str]:
        """Drop these records; return those that were there."""
        rows = FeedRecord.objects.filter(feed=self.feed, category=category, key__in=list(keys))
        found = list(rows.values_list("pk", "key", "schools"))
        self.touched.update(pk for _pk, _key, schools in found for pk in schools)
        delete(FeedRecord, [pk for pk, _key, _schools in found])
        return {key for _pk, key, _schools in found}

    def forget_unseen(self, category: Category, seen: IdentifierSet, *, delivered: frozenset[int]) -> list[str]:
        """Drop what the delivery no longer says of the schools that it delivers; return the keys concerned."""
        rows = FeedRecord.objects.filter(feed=self.feed, category=category).values_list("pk", "key", "schools")
        unseen = [row for row in rows.iterator(chunk_size=20_000) if row[1] not in seen]
        gone = [(pk, key, frozenset(schools)) for pk, key, schools in unseen if not schools or delivered & set(schools)]
        if category == Category.GUARDIAN:
            spared = self._named_elsewhere([key for _pk, key, _schools in gone], delivered)
            gone = [row for row in gone if row[1] not in spared]
        for _pk, _key, schools in gone:
            self.touched |= schools & delivered
        delete(FeedRecord, [pk for pk, _key, schools in gone if schools <= delivered])
        # Without a digest: if it comes again as it was, it is of all its schools again.
        cut = [(pk, sorted(s - delivered), 0) for pk, _key, s in gone if not s <= delivered]
        update(FeedRecord, ["schools", "digest"], cut)
        return [key for _pk, key, _schools in gone]

    def take_over(self, schools: Iterable[int]) -> None:
        """These schools are this feed's now: what another feed of the academy said of them no longer counts."""
        ids = list(schools)
        others = FeedRecord.objects.filter(feed__realm=self.feed.realm, schools__overlap=ids).exclude(feed=self.feed)
        rows = list(others.values_list("pk", "schools"))
        self.touched.update(pk for _pk, held in rows for pk in held if pk in set(ids))
        cut = [(pk, [s for s in held if s not in set(ids)], 0) for pk, held in rows]
        update(FeedRecord, ["schools", "digest"], cut)

    def _named_elsewhere(self, guardians: list[str], delivered: frozenset[int]) -> set[str]:
        """Those of these guardians whom students of other schools name: a school that is not delivered stays whole."""
        found: set[str] = set()
        for start in range(0, len(guardians), AT_ONCE):
            some = guardians[start : start + AT_ONCE]
            rows = FeedRecord.objects.filter(feed=self.feed, category=Category.STUDENT, refers__overlap=some).exclude(
                schools__overlap=sorted(delivered)
            )
            found.update(key for refers in rows.values_list("refers", flat=True) for key in refers)
        return found

    def touch_children_of(self, keys: Iterable[str]) -> None:
        """The schools of the students that name these guardians."""
        wanted = list(keys)
        for start in range(0, len(wanted), AT_ONCE):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT DISTINCT unnest(schools) FROM {FeedRecord._meta.db_table}"
                    " WHERE feed_id = %s AND category = %s AND refers && %s::varchar[]",
                    [self.feed.pk, Category.STUDENT.value, wanted[start : start + AT_ONCE]],
                )
                self.touched.update(pk for (pk,) in cursor.fetchall())

    def nobodys(self, guardians: Iterable[str]) -> set[str]:
        """Those of these guardians whom no student names."""
        wanted = list(guardians)
        found: set[str] = set()
        for start in range(0, len(wanted), AT_ONCE):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT k FROM unnest(%s::varchar[]) AS k WHERE NOT EXISTS"
                    f" (SELECT FROM {FeedRecord._meta.db_table}"
                    " WHERE feed_id = %s AND category = %s AND refers @> ARRAY[k])",
                    [wanted[start : start + AT_ONCE], self.feed.pk, Category.STUDENT.value],
                )
                found.update(key for (key,) in cursor.fetchall())
        return found
