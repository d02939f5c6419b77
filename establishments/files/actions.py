"""Uploads: what may come in, under which name it is kept, how it goes out."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import PurePath
from typing import Any, TypeVar
from zipfile import ZIP_STORED, ZipFile

import puremagic
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from establishments.files.models import AttachedFile, StoredFile
from establishments.files.ranges import WHOLE, Slice, part_asked
from establishments.territory.models import Establishment

MEGABYTE = 10**6
GIGABYTE = 10**9
MAX_BYTES = 20 * MEGABYTE
MAX_FILES = 10
MAX_NAME = 120
MOST_UNPACKED = 500 * MEGABYTE  # of a document that is an archive: the largest theses unpack to a tenth of it

# What is accepted, by what the content is: extension → (type, whether a browser may show it in place).
ACCEPTED = {
    ".pdf": ("application/pdf", False),
    ".png": ("image/png", True),
    ".jpg": ("image/jpeg", True),
    ".jpeg": ("image/jpeg", True),
    ".gif": ("image/gif", True),
    ".webp": ("image/webp", True),
    ".heic": ("image/heic", False),
    ".mp3": ("audio/mpeg", False),
    ".m4a": ("audio/mp4", False),
    ".mp4": ("video/mp4", False),
    ".odt": ("application/vnd.oasis.opendocument.text", False),
    ".ods": ("application/vnd.oasis.opendocument.spreadsheet", False),
    ".odp": ("application/vnd.oasis.opendocument.presentation", False),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", False),
    ".pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", False),
    ".txt": ("text/plain", False),
    ".csv": ("text/csv", False),
}
SHOWN_IN_PLACE = frozenset(kind for kind, shown in ACCEPTED.values() if shown)
ACCEPT = ",".join(ACCEPTED)  # for the file field

_TEXT = frozenset({".txt", ".csv"})
_OFFICE_ROOT = {".docx": "word/", ".xlsx": "xl/", ".pptx": "ppt/"}
_OPEN_DOCUMENT = frozenset({".odt", ".ods", ".odp"})
_ARCHIVES = _OPEN_DOCUMENT | _OFFICE_ROOT.keys()
# How Windows', Linux's and macOS' programs begin, and scripts that say what runs them.
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")
_SAME = {".jpeg": ".jpg", ".jfif": ".jpg"}
# Phones write more brands of this container than puremagic knows; those of still pictures are few.
_ISO_MEDIA = frozenset({".mp4", ".m4a", ".heic"})
_STILL = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
# Without tags an MP3 begins with a frame of MPEG layer III, of which puremagic knows one kind.
_MP3_FRAMES = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2")
_HEAD = 8192  # bytes read to know a content
_LAST_RECORD = 22 + 65_535  # bytes: of an archive's last record, with the longest comment
_LIST_AT_MOST = MEGABYTE  # some 10,000 entries; a thesis has hundreds


@dataclass(frozen=True)
class Examined:
    """An upload that may be kept."""

    upload: UploadedFile[Any]
    name: str
    content_type: str


def examine(upload: UploadedFile[Any]) -> Examined:
    """Check size, name and content of an upload.

    Raises ValidationError, with what to do, when it is empty, too big, of a kind that is not accepted, or when the
    content is not what the name says.
    """
    name = safe_name(upload.name or "")
    extension = PurePath(name).suffix.lower()
    if upload.size is None or upload.size > MAX_BYTES:
        raise ValidationError(
            _("« %(name)s » dépasse %(limit)d Mo. Il faut le réduire, ou le partager en plusieurs fichiers.")
            % {"name": name, "limit": MAX_BYTES // MEGABYTE},
            code="too_big",
        )
    if upload.size == 0:
        raise ValidationError(_("« %(name)s » est vide. Il en faut un autre.") % {"name": name}, code="empty")
    if extension not in ACCEPTED:
        raise ValidationError(
            _("« %(name)s » : ce type de fichier n’est pas accepté. Une photo, un PDF ou un document texte le sont.")
            % {"name": name},
            code="kind",
        )
    if _is_program(upload):
        raise ValidationError(
            _("« %(name)s » est un programme : il n’est pas accepté, sous aucun nom.") % {"name": name}, code="content"
        )
    if extension in _ARCHIVES and _unpacked_size(upload) > MOST_UNPACKED:
        raise ValidationError(
            _("« %(name)s » se déplierait en plus de %(limit)d Mo : il n’est pas accepté.")
            % {"name": name, "limit": MOST_UNPACKED // MEGABYTE},
            code="bomb",
        )
    if not _content_is(upload, extension):
        raise ValidationError(
            _("« %(name)s » n’est pas lisible comme fichier %(extension)s. Il faut l’enregistrer de nouveau.")
            % {"name": name, "extension": extension},
            code="content",
        )
    return Examined(upload, name, ACCEPTED[extension][0])


def safe_name(name: str) -> str:
    """A name that no file system, header or reader can misread: no path, no control, no text-direction mark."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*;]+', " ", name)
    name = re.sub(r"\s+", " ", name).strip(" .")
    path = PurePath(name or "fichier")
    return f"{path.stem[:MAX_NAME]}{path.suffix[:12].lower()}"


def _content_is(upload: UploadedFile[Any], extension: str) -> bool:
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(0)
    if extension in _TEXT:
        return _is_text(head)
    if extension in _OFFICE_ROOT or extension in _OPEN_DOCUMENT:
        return _is_office(upload, extension)
    if extension in _ISO_MEDIA:
        return head[4:8] == b"ftyp" and (head[8:12] in _STILL) == (extension == ".heic")
    if extension == ".mp3" and head.startswith(_MP3_FRAMES):
        return True
    try:
        found = {_SAME.get(match.extension, match.extension) for match in puremagic.magic_string(head)}
    except puremagic.PureError:
        return False
    return _SAME.get(extension, extension) in found


def _is_program(upload: UploadedFile[Any]) -> bool:
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(0)
    # A note may begin with these two letters; a program holds zeros before long.
    return head.startswith(_PROGRAMS) and (b"\0" in head or head.startswith(b"#!"))


def _unpacked_size(upload: UploadedFile[Any]) -> int:
    """What an archive says that it unpacks to, in bytes; nothing is unpacked.

    One whose entries share the same bytes, so that each of them is counted again, is counted as endless.
    """
    if not _has_short_list(upload):
        return 0  # refused as no document, further on
    try:
        with ZipFile(upload) as archive:
            entries = archive.infolist()
    except Exception:  # likewise
        return 0
    finally:
        upload.seek(0)
    if sum(entry.compress_size for entry in entries) > (upload.size or 0):
        return MOST_UNPACKED + 1
    return sum(entry.file_size for entry in entries)


def _is_text(head: bytes) -> bool:
    # Neither binary, nor markup that some browser could take for a page.
    return b"\0" not in head and not head.removeprefix(BOM_UTF8).lstrip().startswith(b"<")


def _is_office(upload: UploadedFile[Any], extension: str) -> bool:
    """The archive's own list says what it is; nothing is unpacked but the few bytes of an OpenDocument's type."""
    if not _has_short_list(upload):
        return False
    try:
        with ZipFile(upload) as archive:
            if extension in _OFFICE_ROOT:
                return any(entry.startswith(_OFFICE_ROOT[extension]) for entry in archive.namelist())
            # Never compressed, says OpenDocument 1.3 (part 2, 3.3); and 1 kB of it could be a bomb of gigabytes.
            if archive.getinfo("mimetype").compress_type != ZIP_STORED:
                return False
            with archive.open("mimetype") as declared:
                return declared.read(100).decode("ascii", "replace") == ACCEPTED[extension][0]
    except Exception:  # a broken archive breaks zipfile in a dozen ways, from BadZipFile to EOFError
        return False
    finally:
        upload.seek(0)


def _has_short_list(upload: UploadedFile[Any]) -> bool:
    """The last record says how long the list is; ZipFile would read all of it, 400,000 entries in 20 MB."""
    upload.seek(max(0, (upload.size or 0) - _LAST_RECORD))
    tail = upload.read()
    record = tail[tail.rfind(b"PK\5\6") :]
    is_large_format = b"PK\6\7" in tail  # whose own record counts instead; no document is that large
    return not is_large_format and int.from_bytes(record[12:16], "little") <= _LIST_AT_MOST


Attached = TypeVar("Attached", bound=AttachedFile)


def attach(model: type[Attached], *, examined: Examined, establishment_id: int, **owner: Any) -> Attached:
    """Keep an examined upload as a row of that table; `owner` is the foreign key it hangs on.

    Raises ValidationError, in words, when the school has no room left for it.
    """
    stored = _stored(examined, establishment_id)
    row = model(
        establishment_id=establishment_id,
        name=examined.name,
        content_type=examined.content_type,
        size=examined.upload.size,
        **owner,
    )
    row.file.name = stored.file.name
    row.save()
    return row


def attach_again(model: type[Attached], *, of: AttachedFile, **owner: Any) -> Attached:
    """The same file on another row of the same school: a row more, and no content."""
    # Held, so that whoever takes the last row away at this moment sees this one.
    list(StoredFile.objects.select_for_update().filter(file=of.file.name))
    row = model(establishment_id=of.establishment_id, name=of.name, content_type=of.content_type, size=of.size, **owner)
    row.file.name = of.file.name
    row.save()
    return row


def detach(rows: QuerySet[Any]) -> int:
    """Delete these rows of a table of files, and the contents that no other row has; how many rows.

    What is deleted with its owner, in cascade, is taken away by the night's task.
    """
    names = list(rows.values_list("file", flat=True))
    rows.delete()
    release(names)
    return len(names)


def release(names: Iterable[str]) -> None:
    """Take away, among these contents, those that no row has any more."""
    names = set(names)
    for stored in StoredFile.objects.select_for_update().filter(file__in=names).order_by("pk"):
        names.discard(stored.file.name)
        if not _has_row(stored.file.name):
            stored.delete()
            _erase_once_certain(stored.file.name)
    for name in names:  # kept before contents were shared: each has its own
        if not _has_row(name):
            _erase_once_certain(name)


def tables() -> list[type[AttachedFile]]:
    """Those of the features, each with its own right to download."""
    return [model for model in apps.get_models() if issubclass(model, AttachedFile)]


def used_by(establishment_id: int) -> int:
    """Bytes that a school's files take."""
    used = StoredFile.objects.filter(establishment=establishment_id).aggregate(used=Sum("size"))["used"]
    return int(used or 0)


def _stored(examined: Examined, establishment_id: int) -> StoredFile:
    """The school's content like this one, made when it is the first; held until the row that has it is written."""
    upload = examined.upload
    digest = _digest_of(upload).hex()
    # Two who bring the same at once: the second waits here for the first.
    StoredFile.objects.bulk_create(
        [StoredFile(establishment_id=establishment_id, digest=digest, size=upload.size or 0)], ignore_conflicts=True
    )
    stored: StoredFile
    (stored,) = StoredFile.objects.select_for_update().filter(establishment=establishment_id, digest=digest)
    if not stored.file:
        _refuse_if_full(examined, establishment_id)
        upload.seek(0)
        stored.file.save(examined.name, upload, save=False)
        stored.save(update_fields=["file"])
    return stored


def _refuse_if_full(examined: Examined, establishment_id: int) -> None:
    (quota,) = Establishment.objects.filter(pk=establishment_id).values_list("files_quota", flat=True)
    if used_by(establishment_id) > quota * GIGABYTE:  # with this one
        raise ValidationError(
            _(
                "« %(name)s » ne tient plus dans l’espace de l’établissement (%(quota)d Go). "
                "Il faut supprimer des fichiers, ou prévenir l’administrateur de l’établissement."
            )
            % {"name": examined.name, "quota": quota},
            code="full",
        )


def _has_row(name: str) -> bool:
    return any(model.objects.filter(file=name).exists() for model in tables())


def _erase_once_certain(name: str) -> None:
    transaction.on_commit(partial(default_storage.delete, name), robust=True)


def new_among(files: Sequence[Examined], held: Iterable[AttachedFile]) -> list[Examined]:
    """Those whose content is neither that of one of the rows, nor that of one before them, under whatever name."""
    sizes = {examined.upload.size for examined in files}
    known = {_digest_of_kept(row) for row in held if row.size in sizes}
    found = []
    for examined in files:
        digest = _digest_of(examined.upload)
        examined.upload.seek(0)
        if digest not in known:
            known.add(digest)
            found.append(examined)
    return found


def _digest_of_kept(row: AttachedFile) -> bytes:
    try:
        with row.file.open("rb") as file:
            return _digest_of(file)
    except OSError:  # lost by the storage: it is like no other
        return b""


def _digest_of(file: File[Any]) -> bytes:
    digest = sha256()
    for chunk in file.chunks():  # from its beginning, also when it was read before
        digest.update(chunk)
    return digest.digest()


def download(attached: AttachedFile, request: HttpRequest | None = None) -> FileResponse:
    """The answer that gives a file out; who may have it was checked by whoever fetched the row.

    Only pictures are shown in place: anything else is saved, never run as a page of ours. With the request, the part
    of it that is asked for: a player that goes forward, a download that is taken up again.
    """
    file, size, etag = attached.file.open("rb"), attached.file.size, f'"{attached.key}"'
    part = part_asked(request, size=size, etag=etag) if request else WHOLE
    shown = attached.content_type in SHOWN_IN_PLACE
    response = FileResponse(
        file if part is WHOLE else Slice(file, part),
        as_attachment=not shown,
        filename=attached.name,
        content_type=attached.content_type,
        status=part.status,
    )
    if part is not WHOLE:
        response["Content-Length"] = str(part.length)
        response["Content-Range"] = part.header(size)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag  # the content of a row never changes
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
