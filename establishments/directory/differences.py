"""Comparing a row with what it should be, so that only what differs is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model


def correct(row: Model, wanted: Mapping[str, Any]) -> frozenset[str]:
    """Set the row's fields that differ from the wanted values, unsaved; return their names."""
    different = {field: value for field, value in wanted.items() if value != getattr(row, field)}
    for field, value in different.items():
        setattr(row, field, value)
    return frozenset(different)
