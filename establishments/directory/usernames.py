"""The names that people sign in with: `prenom.nom`, and a number for those who share it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from accounts.models import User

LONGEST_PART = 60
# Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_APOSTROPHES = re.compile("['’`´.]")
_OTHERS = re.compile(r"[^a-z]+")  # digits too: a number at the end is ours, and no base has one


def username_base(first_name: str, last_name: str) -> str:
    """Ascii and lower case: `marie-zoe.dartagnan`. Somebody without a Latin letter is `compte`."""
    parts = (_plain(first_name), _plain(last_name))
    return ".".join(part for part in parts if part) or "compte"


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name.casefold()).translate(_LETTERS))
    ascii_only = folded.encode("ascii", "ignore").decode()
    return _OTHERS.sub("-", ascii_only).strip("-")[:LONGEST_PART].strip("-")


class Usernames:
    """Allots names that nobody has: a query for a batch, and one more for each rank of its homonyms."""

    def __init__(self) -> None:
        self._tried: Counter[str] = Counter()

    def allot(self, bases: Sequence[str]) -> list[str]:
        """One free name for each base, in order."""
        allotted = [""] * len(bases)
        pending = list(range(len(bases)))
        while pending:
            for index in pending:
                allotted[index] = self._next(bases[index])
            candidates = [allotted[index] for index in pending]
            taken = set(User.objects.filter(username__in=candidates).values_list("username", flat=True))
            pending = [index for index in pending if allotted[index] in taken]
        # Those tried once cost a query to find again; all the names of a region would cost the memory.
        self._tried = Counter({base: tried for base, tried in self._tried.items() if tried > 1})
        return allotted

    def _next(self, base: str) -> str:
        self._tried[base] += 1
        return base if self._tried[base] == 1 else f"{base}{self._tried[base]}"
