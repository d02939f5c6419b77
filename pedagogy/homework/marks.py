"""Marks as people write them, kept as whole quarters of a point."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from pedagogy.homework.models import QUARTERS, Level, Marking


def quarters_of(mark: Decimal | None) -> int | None:
    """14.25 is 57."""
    if mark is None:
        return None
    quarters = mark * QUARTERS
    if quarters != quarters.to_integral_value():
        raise ValidationError(_("Une note se donne au quart de point : 14,25 ou 14,5."))
    return int(quarters)


def quarters_in(typed: str) -> int | None:
    """Of “14,25”, “14.25” or nothing."""
    typed = typed.strip().replace(",", ".")
    if not typed:
        return None
    try:
        mark = Decimal(typed)
    except InvalidOperation:
        mark = Decimal("NaN")
    if not mark.is_finite() or abs(mark) > 10**6:
        raise ValidationError(_("Une note est un nombre : 14 ou 14,25."))
    return quarters_of(mark)


def points(quarters: int | None) -> str:
    """“14,25”, “14,5”, “14”; empty without."""
    if quarters is None:
        return ""
    whole = Decimal(quarters) / QUARTERS
    return str(number_format(whole.normalize() if whole % 1 else whole.to_integral_value()))


def result_of(marking: str, scale: int, mark: int | None, level: int | None) -> str:
    """“14,25 sur 20”, or the name of the level; empty without either."""
    if marking == Marking.MARK and mark is not None:
        return _("%(points)s sur %(scale)d") % {"points": points(mark), "scale": scale}
    return str(Level(level).label) if marking == Marking.LEVEL and level else ""
