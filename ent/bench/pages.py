"""What a feature's `bench.py` gives: `seed()` fills the database once, `pages()` says what to measure.

What is no page has `works()`: it is measured without a floor beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ent.bench.load import Measure


@dataclass(frozen=True)
class BenchPage:
    name: str
    user: Any
    path: str


@dataclass(frozen=True)
class BenchWork:
    """`ask` does it once against the portal on that port, and raises when the answer is wrong; `said` comments."""

    name: str
    ask: Callable[[int], None]
    said: Callable[[Measure], str]
