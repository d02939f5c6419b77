"""The kinds of notifications, declared by features in their `notifications.py`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Kind:
    """`label` names nobody: it is what an e-mail says, and a mailbox is often a whole family's."""

    name: str  # stable and dotted: "pedagogy.lesson.changed"
    label: Text
    icon: str  # a name of lucide's
    is_mailed: bool = False  # to whoever has a confirmed address; else in the portal only


_kinds: dict[str, Kind] = {}
_UNKNOWN = Kind("", "", "bell")


def kind(new: Kind) -> Kind:
    _kinds[new.name] = new
    return new


def kind_named(name: str) -> Kind:
    """A kind that a feature no longer declares is shown all the same."""
    return _kinds.get(name, _UNKNOWN)
