from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from establishments.hand_made.models import HandMade
from establishments.people.admin import TenantAdmin


@admin.register(HandMade)
class HandMadeAdmin(TenantAdmin):
    """To be read: the schools make them, and prolong them, on their own pages."""

    list_display = ["membership", "ends_on", "establishment", "reason", "made_by", "made_at"]
    list_select_related = ["membership__user", "establishment", "made_by"]
    fields = readonly_fields = ["membership", "ends_on", "establishment", "reason", "made_by", "made_at"]
    search_fields = ["membership__user__last_name", "establishment__name", "establishment__uai"]

    @admin.display(description="jusqu’au", ordering="membership__ends_on")
    def ends_on(self, row: HandMade) -> Any:
        return row.membership.ends_on

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
