from __future__ import annotations

from datetime import datetime
from typing import Any

import allauth.mfa.admin  # noqa: F401 — registers what is replaced below
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.second_factor import actions

admin.site.unregister(Authenticator)

# allauth has no French for these. Migrations compare what a class was declared with: they see nothing of this.
apps.get_app_config("mfa").verbose_name = _("Seconds facteurs")
Authenticator._meta.verbose_name = _("second facteur")
Authenticator._meta.verbose_name_plural = _("seconds facteurs")
KINDS = {
    Authenticator.Type.RECOVERY_CODES: _("codes de secours"),
    Authenticator.Type.TOTP: _("application de codes"),
    Authenticator.Type.WEBAUTHN: _("clé d’accès"),
}


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):
    """For those of the administration who lost theirs; all others are helped at a desk. Secrets are not shown.

    Superusers only: who could take one away from somebody with more rights would be half-way into that account.
    """

    list_display = ["person", "kind", "added", "used"]
    list_select_related = ["user"]
    list_per_page = 50
    search_fields = ["user__last_name", "user__username"]
    fields = readonly_fields = ["person", "kind", "added", "used"]
    show_full_result_count = False

    @admin.display(description=_("personne"), ordering="user__sort_name")
    def person(self, row: Authenticator) -> str:
        return str(row.user)

    @admin.display(description=_("genre"), ordering="type")
    def kind(self, row: Authenticator) -> Any:
        return KINDS[row.type]

    @admin.display(description=_("ajouté le"), ordering="created_at")
    def added(self, row: Authenticator) -> datetime:
        return row.created_at

    @admin.display(description=_("utilisé pour la dernière fois"), ordering="last_used_at", empty_value="–")
    def used(self, row: Authenticator) -> datetime | None:
        return row.last_used_at

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_delete_permission = has_view_permission

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        # With one go all, as at a desk: recovery codes alone are no second factor.
        actions.remove_second_factor(user=obj.user, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        for user in {factor.user for factor in queryset.select_related("user")}:
            actions.remove_second_factor(user=user, by=request.user)
