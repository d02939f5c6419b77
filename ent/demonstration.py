"""The demonstration: invented people who enter through the real import, and accounts whose password is printed."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError

# One for all the accounts of a demonstration; `refuse_elsewhere` keeps it out of anything else.
PASSWORD = "garonne-pastel-brique"  # noqa: S105 — printed on purpose


def refuse_elsewhere() -> None:
    """Printed passwords have no place beside real people."""
    if not settings.ENT_DEMO:
        raise CommandError(
            "Ceci n’est pas une démonstration. Lancez « make demo », ou posez ENT_DEMO=1 sur une base vide."
        )
