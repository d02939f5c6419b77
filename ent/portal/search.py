from __future__ import annotations

from django.http import HttpRequest

LONGEST = 80


def searched_for(request: HttpRequest) -> str:
    """What was typed in the search field `q`, without the character that PostgreSQL cannot hold."""
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
