from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from establishments.territory.models import Authority, Establishment, ProviderFor, SchoolYear, SupportHub


class ProviderInline(admin.TabularInline):
    """Which identity providers vouch for the people of this school, or of this authority's schools."""

    model = ProviderFor
    fields = ["provider"]
    extra = 0


@admin.register(Establishment)
class EstablishmentAdmin(admin.ModelAdmin):
    """Schools of the administrator's mandate, and no others."""

    list_display = ["name", "city", "uai", "kind", "ministry", "department", "hub"]
    list_filter = ["department", "kind", "ministry", "hub"]
    list_select_related = ["hub"]
    list_per_page = 50
    search_fields = ["name", "city", "uai"]
    search_help_text = "Nom, commune ou code UAI"
    autocomplete_fields = ["academy", "local_authority", "hub"]
    ordering = ["city", "name"]
    inlines = [ProviderInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).visible_to(request.user)


@admin.register(Authority)
class AuthorityAdmin(admin.ModelAdmin):
    list_display = ["name", "kind", "code"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    inlines = [ProviderInline]


@admin.register(SupportHub)
class SupportHubAdmin(admin.ModelAdmin):
    list_display = ["name"]
    search_fields = ["name"]


@admin.register(SchoolYear)
class SchoolYearAdmin(admin.ModelAdmin):
    list_display = ["name", "starts_on", "ends_on"]
