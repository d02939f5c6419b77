"""Where the files of a feed lie: a folder, or an archive of it; one delivery, or one for each school.

Three families of names have been met, all `<delivery>_<Complet|Delta>_<date>_<category>_<slice>.xml`:
`ENT_0310036W_…`, `FULL_ENTTSSERVICES_…`, `ENT2DVA-ENT16_…`.
"""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO

from django.utils.translation import gettext as translate

from establishments.directory.report import Reason, RefusedFileError

ENCRYPTED = 1  # of a zip's member, among its flags
MOST_UNPACKED = 50 << 30  # bytes; the largest academies send a few

Opener = Callable[[], IO[bytes]]


class Category(StrEnum):
    """As file names say it, in the order that the files are read in: the alphabet's would be wrong."""

    STRUCTURE = "EtabEducNat"
    SUBJECT = "MatiereEducNat"
    COURSE = "MefEducNat"
    STUDENT = "Eleve"
    GUARDIAN = "PersRelEleve"
    STAFF = "PersEducNat"


_NAME = re.compile(
    r"(?P<delivery>.+?)_(?P<kind>Complet|Delta)_(?P<date>\d{8})"
    rf"_(?P<category>{'|'.join(Category)})_(?P<slice>\d{{4}})\.xml"
)


@dataclass(frozen=True)
class SourceFile:
    name: str
    category: Category
    slice: int
    open: Opener


@dataclass(frozen=True)
class Delivery:
    """The files of one export, complete or not; `date` is that of their names, as yyyymmdd."""

    name: str
    date: str
    files: tuple[SourceFile, ...]
    is_delta: bool = False

    def of(self, category: Category) -> tuple[SourceFile, ...]:
        return tuple(file for file in self.files if file.category == category)

    def lacks_a_slice(self, category: Category) -> bool:
        """Are the slices numbered with a gap? The last one's absence cannot be seen."""
        slices = [file.slice for file in self.of(category)]
        return slices != list(range(len(slices)))


@dataclass(frozen=True)
class Export:
    """Complete deliveries first, then the deltas by date: each stands on those before it."""

    origin: str
    deliveries: tuple[Delivery, ...]
    unknown: tuple[str, ...]


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """The complete export in a folder, or in a .zip or .tgz of it. Raises `RefusedFileError`."""
    if path.is_dir():
        yield _sort(path.name, ((file.name, _opener(file)) for file in path.iterdir()))
    elif not path.is_file():
        raise RefusedFileError(path.name, Reason.MISSING)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield _sort(path.name, _zipped(archive))
    else:
        with tempfile.TemporaryDirectory(prefix="directory-") as folder:
            yield _sort(path.name, _untarred(path, Path(folder)))


def _opener(path: Path) -> Opener:
    return lambda: path.open("rb")


def _zipped(archive: zipfile.ZipFile) -> Iterator[tuple[str, Opener]]:
    """Read in place: a member of a zip can be opened at any time, and gives no more than it declares."""
    unpacked = 0
    for info in archive.infolist():
        name = PurePosixPath(info.filename).name
        unpacked += info.file_size
        if unpacked > MOST_UNPACKED:
            raise RefusedFileError(name, Reason.ARCHIVE, detail=translate("trop grande une fois dépliée"))
        if info.flag_bits & ENCRYPTED:
            raise RefusedFileError(name, Reason.ARCHIVE, detail=translate("protégée par un mot de passe"))
        if not info.is_dir():
            yield name, lambda info=info: archive.open(info)  # type: ignore[misc]


def _untarred(path: Path, folder: Path) -> Iterator[tuple[str, Opener]]:
    """Unpacked first: the members of a tar come in their own order, and are read more than once."""
    seen: set[str] = set()
    unpacked = 0
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                content = archive.extractfile(member) if member.isfile() else None
                if content is None or not name.endswith(".xml"):
                    continue
                if name in seen:
                    raise RefusedFileError(name, Reason.NAME_TWICE)
                seen.add(name)
                unpacked += member.size
                if unpacked > MOST_UNPACKED:
                    raise RefusedFileError(name, Reason.ARCHIVE, detail=translate("trop grande une fois dépliée"))
                with (folder / name).open("xb") as target:
                    shutil.copyfileobj(content, target)
                yield name, _opener(folder / name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise RefusedFileError(path.name, Reason.ARCHIVE, detail=error) from error


def _sort(origin: str, files: Iterable[tuple[str, Opener]]) -> Export:
    """Group the files by delivery, and set apart those whose names say nothing."""
    dated: defaultdict[tuple[bool, str, str], list[SourceFile]] = defaultdict(list)
    unknown = []
    seen: set[str] = set()
    for name, opener in sorted(files, key=lambda file: file[0]):
        match = _NAME.fullmatch(name)
        if match is None:
            if name.endswith(".xml"):
                unknown.append(name)
            continue
        if name in seen:
            raise RefusedFileError(name, Reason.NAME_TWICE)
        seen.add(name)
        file = SourceFile(name, Category(match["category"]), int(match["slice"]), opener)
        dated[match["kind"] == "Delta", match["date"], match["delivery"]].append(file)
    if not dated:
        raise RefusedFileError(origin, Reason.NOTHING)
    deliveries = [Delivery(name, date, tuple(files), is_delta) for (is_delta, date, name), files in dated.items()]
    deliveries.sort(key=lambda delivery: (delivery.is_delta, delivery.date, delivery.name))
    _check_complete([delivery for delivery in deliveries if not delivery.is_delta])
    return Export(origin=origin, deliveries=tuple(deliveries), unknown=tuple(unknown))


def _check_complete(deliveries: list[Delivery]) -> None:
    dates: dict[str, Delivery] = {}
    for delivery in deliveries:
        if delivery.name in dates:
            raise RefusedFileError(delivery.files[0].name, Reason.TWO_DATES)
        dates[delivery.name] = delivery
        if not delivery.of(Category.STRUCTURE):
            raise RefusedFileError(delivery.files[0].name, Reason.NO_STRUCTURES)
