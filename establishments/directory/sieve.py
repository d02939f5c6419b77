"""Keeps from the parser the records that are known: those whose bytes are, one by one, those of last time.

Most of a nightly export is that of the night before. Finding it out costs a fiftieth of reading it again.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Container
from hashlib import blake2b
from typing import IO

START, END = b"<addRequest>", b"</addRequest>"
CHUNK = 1 << 18  # bytes
LONGEST = 1 << 20  # bytes of a record that is held to be looked at; a longer one goes by
_ID = re.compile(rb"<identifier>\s*<id>([^<&]*)</id>")


def digest_of(record: bytes) -> int:
    """In the 63 bits of a column: two of a million records collide once in ten million regions."""
    return int.from_bytes(blake2b(record, digest_size=8).digest(), "big") >> 1


def _is_deceptive(record: bytes) -> bool:
    """Is what begins or ends it perhaps a comment's, or somebody's text?"""
    return any(mark in record for mark in (b"<!", b"-->", b"]]>", b"<?", b"?>")) or record.find(START, 1) > 0


class Sieve:
    """A stream for the parser. What is left out of it leaves its line ends, so that lines keep their numbers."""

    def __init__(self, stream: IO[bytes], known: Container[int]) -> None:
        self._stream, self._known = stream, known
        self.met: deque[str] = deque()  # identifiers of the known records, as they come
        self.passed: deque[tuple[str, int]] = deque()  # identifiers and digests of those that the parser is given
        self._held = b""
        self._ready = bytearray()
        self._ended = False

    def read(self, size: int) -> bytes:
        while len(self._ready) < size and not self._ended:
            chunk = self._stream.read(CHUNK)
            self._ended = not chunk
            self._sift(self._held + chunk)
        given = bytes(self._ready[:size])
        del self._ready[:size]
        return given

    def digest(self, identifier: str) -> int:
        """Of the record that the parser has given; 0 when the two do not see the same records in the file."""
        if not self.passed:
            return 0
        found, digest = self.passed.popleft()
        return digest if found == identifier else 0

    def _sift(self, data: bytes) -> None:
        place = 0
        while True:
            start = data.find(START, place)
            end = data.find(END, start) if start >= 0 else -1
            if end < 0:
                break
            end += len(END)
            self._ready += data[place:start]
            self._weigh(data[start:end])
            place = end
        keep = len(data) if self._ended else max(place, start if start >= 0 else len(data) - len(START) + 1)
        if len(data) - keep > LONGEST:
            keep = len(data)
        self._ready += data[place:keep]
        self._held = data[keep:]

    def _weigh(self, record: bytes) -> None:
        digest = digest_of(record)
        match = _ID.search(record)
        identifier = match[1].decode("ascii", "replace").strip() if match else ""
        if digest in self._known and identifier:
            self.met.append(identifier)
            self._ready += b"\n" * record.count(b"\n")
        else:
            self._ready += record
            # Without an identifier it never becomes a known one.
            self.passed.append(("" if _is_deceptive(record) else identifier, digest))
