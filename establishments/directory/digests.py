"""Digests by the hundred thousand in eight bytes each, where a set would take sixty."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class DigestSet:
    def __init__(self, digests: Iterable[int] = ()) -> None:
        self._digests = array("q", sorted(digests))

    def __contains__(self, digest: object) -> bool:
        place = bisect_left(self._digests, digest)  # type: ignore[type-var]
        return place < len(self._digests) and self._digests[place] == digest

    def __len__(self) -> int:
        return len(self._digests)
