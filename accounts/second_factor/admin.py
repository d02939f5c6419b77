from __future__ import annotations

from typing import Any

import allauth.mfa.admin  # noqa: F401 — registers what is replaced below
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest

admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):
    """For who lost theirs: the rectorate takes them away, and the person adds others. Secrets are not shown."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    list_per_page = 50
    search_fields = ["user__last_name", "user__username"]
    fields = readonly_fields = ["user", "type", "created_at", "last_used_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
