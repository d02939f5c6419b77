from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from accounts.identity.models import User


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["last_name", "first_name", "username", "is_active", "last_login"]
    list_display_links = ["last_name", "first_name"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["last_name", "first_name", "username"]
    ordering = ["sort_name"]
    show_full_result_count = False  # a count of the whole region on every page would cost more than the page
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personne"), {"fields": ["civility", "first_name", "last_name", "birth_date", "email"]}),
        (_("Droits dans l’administration"), {"fields": ["is_active", "is_staff", "groups"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ["groups"]
