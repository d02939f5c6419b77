"""Streams the records of one file, as its format has them and nothing more.

External entities are never loaded, declared ones refused, and a record is held only while it is being read.
Encodings vary; a file that declares none is UTF-8, or else ISO-8859-15.
"""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from establishments.directory.export import Category, Delivery, SourceFile
from establishments.directory.report import Reason, RefusedFileError
from establishments.directory.sieve import Sieve
from establishments.directory.values import clean

ROOT = "ficAlimMENESR"
ADDITION, MODIFICATION, DELETION = "addRequest", "modifyRequest", "deleteRequest"
REQUESTS = (ADDITION, MODIFICATION, DELETION)
# What the records say of themselves; only the subjects' differs from the file's name.
STATED = {category: category.value for category in Category} | {Category.SUBJECT: "MatEducNat"}
HEAD = 4096  # bytes in which the header comments stand
LONGEST_RECORD = 10  # megabytes; real ones have a few kilobytes
SECOND_GUARDIAN_UNTIL = (18, 1)  # year and month of the format's version

_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)""")
_VERSION = re.compile(rb'versionAF\s*=\s*"AAF-VE(\d\d)(\d\d)"')
_ACADEMY = re.compile(rb'codeAcademieExport\s*=\s*"(\w{1,12})"')


@dataclass(slots=True)
class RawRecord:
    """One request. `attributes` holds those asked for, each with its values.

    `digest` is the same for the same record, whatever file it comes in. `is_known`: it was asked to be left unread.
    """

    id: str
    line: int
    request: str
    attributes: Mapping[str, tuple[str, ...]]
    digest: int = 0
    is_known: bool = False

    def all(self, name: str) -> tuple[str, ...]:
        return self.attributes.get(name, ())

    def one(self, *names: str) -> str:
        """The first value of the first of these attributes that has one."""
        for name in names:
            if values := self.attributes.get(name):
                return values[0]
        return ""


def read(
    file: SourceFile, wanted: frozenset[str] = frozenset(), *, known: Container[int] = frozenset()
) -> Iterator[RawRecord]:
    """The file's records in order, with the wanted attributes; `RefusedFileError` may come midway.

    Those whose digest is in `known` come without their attributes: reading these is most of the work.
    """
    try:
        encoding = _undeclared_encoding(file)
        with file.open() as stream:
            yield from _records(file, Sieve(stream, known), encoding, wanted)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise RefusedFileError(file.name, Reason.ARCHIVE, detail=error) from error


def second_guardian_is_legal(delivery: Delivery) -> bool:
    """Is 2, in a link's legal field, the second guardian? By the format's version, else by the date."""
    version = _VERSION.search(_head(delivery.files[0]))
    if version:
        return (int(version[1]), int(version[2])) < SECOND_GUARDIAN_UNTIL
    return delivery.date[2:6] < "{:02}{:02}".format(*SECOND_GUARDIAN_UNTIL)


def stated_academy(delivery: Delivery) -> str:
    """The academy's code in the header comments; empty when they have none."""
    match = _ACADEMY.search(_head(delivery.files[0]))
    return match[1].decode() if match else ""


def _head(file: SourceFile) -> bytes:
    with file.open() as stream:
        return stream.read(HEAD)


def encoding_of(file: SourceFile) -> str:
    """The one that is declared, or else the one that is meant."""
    declared = _DECLARED_ENCODING.search(_head(file))
    return declared[1].decode() if declared else _undeclared_encoding(file) or "utf-8"


def _undeclared_encoding(file: SourceFile) -> str | None:
    """None when the parser will know by itself."""
    if _DECLARED_ENCODING.search(head := _head(file)) or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open() as stream:
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return "iso-8859-15"
    return None


class _Gauge:
    """Feeds the parser, and refuses a file that gives no record for too long: all of it would be held."""

    def __init__(self, stream: Sieve, name: str) -> None:
        self._stream, self._name = stream, name
        self.pending = 0  # bytes since the last record
        self.ended = False

    def read(self, size: int) -> bytes:
        chunk = self._stream.read(size)
        self.pending += len(chunk)
        self.ended = not chunk
        if self.pending > LONGEST_RECORD << 20:
            raise RefusedFileError(self._name, Reason.ENDLESS, megabytes=LONGEST_RECORD)
        return chunk


def _records(file: SourceFile, sieve: Sieve, encoding: str | None, wanted: frozenset[str]) -> Iterator[RawRecord]:
    source = _Gauge(sieve, file.name)
    parser = etree.iterparse(
        source,
        events=("start", "end"),
        tag=(ROOT, *REQUESTS),
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    started = False
    try:
        for event, element in parser:
            if not started:
                _check_start(file, element)
                started = True
            if event == "end" and element.tag != ROOT:
                _check_place(file, element)
                yield from _known(sieve)
                yield _record(file, element, wanted, sieve)
                _forget(element)
                source.pending = 0
    except etree.XMLSyntaxError as error:
        raise _refusal(file, parser.error_log, ended=source.ended) from error
    yield from _known(sieve)
    if not started:
        raise RefusedFileError(file.name, Reason.ROOT, line=1, found=parser.root.tag)


def _known(sieve: Sieve) -> Iterator[RawRecord]:
    while sieve.met:
        yield RawRecord(sieve.met.popleft(), 0, ADDITION, {}, is_known=True)


def _check_start(file: SourceFile, element: Any) -> None:
    """Before anything else is read: no entity is declared, and the root is the format's."""
    doctype = element.getroottree().docinfo.internalDTD
    if doctype is not None and doctype.entities():
        raise RefusedFileError(file.name, Reason.ENTITIES, line=1)
    if element.tag != ROOT:
        found = element.getroottree().getroot().tag
        raise RefusedFileError(file.name, Reason.ROOT, line=element.sourceline, found=found)


def _check_place(file: SourceFile, element: Any) -> None:
    before = element.getprevious()
    parent = element.getparent()
    if parent is None or parent.tag != ROOT or parent.getparent() is not None:
        raise RefusedFileError(file.name, Reason.UNEXPECTED, line=element.sourceline, found=element.tag)
    while before is not None:
        if isinstance(before.tag, str) and before.tag not in REQUESTS:
            raise RefusedFileError(file.name, Reason.UNEXPECTED, line=before.sourceline, found=before.tag)
        before = before.getprevious()


def _record(file: SourceFile, element: Any, wanted: frozenset[str], sieve: Sieve) -> RawRecord:
    stated = element.find("operationalAttributes/attr/value")
    found = "" if stated is None else _text(stated)
    if found != STATED[file.category]:
        raise RefusedFileError(
            file.name, Reason.CATEGORY, line=element.sourceline, found=found, expected=file.category.value
        )
    record = raw_record(element, wanted, line=element.sourceline)
    record.digest = sieve.digest(record.id)
    return record


def raw_record(element: Any, wanted: frozenset[str], *, line: int) -> RawRecord:
    """What one request says, whatever the file that it was found in."""
    return RawRecord(_id(element), line, element.tag, _attributes(element, wanted) if wanted else {})


def _id(element: Any) -> str:
    identifier = element.find("identifier/id")
    return "" if identifier is None else _text(identifier)


def _attributes(element: Any, wanted: frozenset[str]) -> dict[str, tuple[str, ...]]:
    attributes: dict[str, tuple[str, ...]] = {}
    path = "modifications/modification" if element.tag == MODIFICATION else "attributes/attr"
    for attribute in element.iterfind(path):
        name = attribute.get("name")
        if name in wanted:
            values = tuple([text for value in attribute if (text := _text(value))])
            attributes[name] = attributes[name] + values if name in attributes else values
    return attributes


def _text(element: Any) -> str:
    """The element's text; references left unresolved in it (`&eacute;`) are decoded with the doubled ones."""
    text = element.text or ""
    if not len(element):
        return clean(text) if text else ""
    for child in element:
        text += (child.text or "") * (child.tag is etree.Entity) + (child.tail or "")
    return clean(text)


def _forget(element: Any) -> None:
    """Free the record, and what stands before it: the tree would grow to the size of the file."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _refusal(file: SourceFile, errors: Any, *, ended: bool) -> RefusedFileError:
    """Why the parser stopped. An error that needed the end of the file to be one is a truncation."""
    if not errors or errors[0].type == etree.ErrorTypes.ERR_DOCUMENT_EMPTY:
        return RefusedFileError(file.name, Reason.NOT_XML)
    first = errors[0]
    if "entity amplification" in first.message:
        return RefusedFileError(file.name, Reason.ENTITIES, line=first.line)
    if "Resource limit" in first.message:
        return RefusedFileError(file.name, Reason.ENDLESS, line=first.line, megabytes=LONGEST_RECORD)
    if ended:
        return RefusedFileError(file.name, Reason.TRUNCATED, line=first.line)
    return RefusedFileError(file.name, Reason.MALFORMED, line=first.line, detail=first.message.strip())
