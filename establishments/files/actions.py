"""Uploads: what may come in, under which name it is kept, how it goes out."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import Any, TypeVar
from zipfile import ZIP_STORED, ZipFile

import puremagic
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from establishments.files.models import AttachedFile

MEGABYTE = 10**6
MAX_BYTES = 20 * MEGABYTE
MAX_FILES = 10
MAX_NAME = 120

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
            _("« %(name)s » dépasse %(limit)d Mo. Il faut le réduire, ou le partager en plusieurs fichiers.")
            % {"name": name, "limit": MAX_BYTES // MEGABYTE},
            code="too_big",
        )
    if upload.size == 0:
        raise ValidationError(_("« %(name)s » est vide. Il en faut un autre.") % {"name": name}, code="empty")
    if extension not in ACCEPTED:
        raise ValidationError(
            _("« %(name)s » : ce type de fichier n’est pas accepté. Une photo, un PDF ou un document texte le sont.")
            % {"name": name},
            code="kind",
        )
    if not _content_is(upload, extension):
        raise ValidationError(
            _("« %(name)s » n’est pas lisible comme fichier %(extension)s. Il faut l’enregistrer de nouveau.")
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
    """Keep an examined upload as a row of that table; `owner` is the foreign key it hangs on."""
    row = model(
        establishment_id=establishment_id,
        name=examined.name,
        content_type=examined.content_type,
        size=examined.upload.size,
        **owner,
    )
    row.file.save(examined.name, examined.upload, save=False)
    row.save()
    return row


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


def download(attached: AttachedFile) -> FileResponse:
    """The answer that gives a file out; who may have it was checked by whoever fetched the row.

    Only pictures are shown in place: anything else is saved, never run as a page of ours.
    """
    shown = attached.content_type in SHOWN_IN_PLACE
    response = FileResponse(
        attached.file.open("rb"),
        as_attachment=not shown,
        filename=attached.name,
        content_type=attached.content_type,
    )
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
