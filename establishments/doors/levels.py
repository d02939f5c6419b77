"""The level of a class. The feed does not give it to us yet: a class is named after it, almost everywhere."""

from __future__ import annotations

import re

from establishments.people.models import Group

# In the order of the years; the first that matches.
LEVELS = [
    ("6e", r"6"),
    ("5e", r"5"),
    ("4e", r"4"),
    ("3e", r"3"),
    ("2de", r"2"),
    ("1re", r"1"),
    ("Tle", r"T"),
]
NAMES = [name for name, _pattern in LEVELS]


def level_of(group: Group) -> str:
    """“6e” for 6E A, “Tle” for TLE STMG; empty when the name says nothing."""
    if group.level:
        return group.level
    return next((name for name, pattern in LEVELS if re.match(pattern, group.name.strip().upper())), "")


def by_year(level: str) -> tuple[int, str]:
    """Orders levels as a school does."""
    return (NAMES.index(level) if level in NAMES else len(NAMES), level)
