"""What a feature's `bench.py` gives: `seed()` fills the database once, `pages()` says what to measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BenchPage:
    name: str
    user: Any
    path: str
