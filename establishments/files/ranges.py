"""Parts of a file, as RFC 9110 (section 14) has them asked for and given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

_ASKED = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Part:
    """From one byte to another, both included."""

    first: int = 0
    last: int = -1
    status: int = 206

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    def header(self, size: int) -> str:
        return f"bytes {self.first}-{self.last}/{size}" if self.length else f"bytes */{size}"


WHOLE = Part(status=200)
BEYOND = Part(status=416)  # nothing of it


def part_asked(request: HttpRequest, *, size: int, etag: str) -> Part:
    """The part that a request asks for; all of it when it asks for none, for several, or for none that makes sense.

    `If-Range` says which content the rest is wanted of: of another one, the whole is given.
    """
    asked = _ASKED.fullmatch(request.headers.get("Range", "").strip())
    if not asked or request.headers.get("If-Range", etag) != etag or asked.groups() == ("", ""):
        return WHOLE
    first, last = asked.groups()
    if not first:  # the last so many bytes
        part = Part(max(0, size - int(last)), size - 1)
    else:
        if last and int(last) < int(first):
            return WHOLE
        part = Part(int(first), min(int(last) if last else size - 1, size - 1))
    return part if part.length > 0 else BEYOND


class Slice:
    """A file read from one byte to another; neither told nor sought, so that nobody takes it for the whole."""

    def __init__(self, file: Any, part: Part) -> None:
        self._file, self._left = file, part.length
        self.close = file.close
        file.seek(part.first)

    def read(self, size: int) -> bytes:
        chunk: bytes = self._file.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk
