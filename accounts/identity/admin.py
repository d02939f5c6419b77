from typing import Any, NoReturn

import allauth.account.admin  # noqa: F401 — registers what is taken away below
import knox.admin  # noqa: F401 — as well
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from accounts.identity.models import User

# Tokens and addresses are ways into an account: their owner makes them, and nobody edits them.
for _model in (AuthToken, EmailAddress):
    admin.site.unregister(_model)
admin.site.unregister(Group)


@admin.register(Group)
class RightsAdmin(GroupAdmin):
    """Who could change what a group may do could give themself everything: superusers only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_delete_permission = has_change_permission


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Names and dates. What opens an account, or gives rights, is the superusers' to change, or nobody's."""

    list_display = ["last_name", "first_name", "username", "is_active", "last_login"]
    list_display_links = ["last_name", "first_name"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["last_name", "first_name", "username"]
    ordering = ["sort_name"]
    show_full_result_count = False  # a count of the whole region on every page would cost more than the page
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["username"]}),
        (_("Personne"), {"fields": ["civility", "first_name", "last_name", "birth_date", "email"]}),
        (_("Droits dans l’administration"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    superusers_fields = ["username", "email", "is_active", "is_staff", "is_superuser", "groups"]
    filter_horizontal = ["groups"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An address is where a new password is asked for: as good as the account."""
        return self.readonly_fields if request.user.is_superuser else [*self.readonly_fields, *self.superusers_fields]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None or request.user.is_superuser:
            return allowed
        return allowed and not obj.is_staff and not obj.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> NoReturn:
        """A password is chosen by its owner, with a code of a desk: that ends tokens and sessions, and is audited."""
        raise PermissionDenied
