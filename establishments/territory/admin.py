from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.identity.models import plain
from establishments.territory.departments import name_of
from establishments.territory.models import Authority, Establishment, ProviderFor, SchoolYear, SupportHub


class ProviderInline(admin.TabularInline):
    """Which identity providers vouch for the people of this school, or of this authority's schools."""

    model = ProviderFor
    fields = ["provider"]
    extra = 0


class DepartmentFilter(admin.SimpleListFilter):
    """The départements of the administrator's schools, by name and number: “Ariège (09)”."""

    title = _("département")
    parameter_name = "departement"
    field = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = Establishment.objects.visible_to(request.user).order_by().values_list("department", flat=True)
        return sorted(((code, name_of(code)) for code in codes.distinct()), key=lambda choice: plain(choice[1]))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class DepartmentOfSchoolFilter(DepartmentFilter):
    field = "establishment__department"


@admin.register(Establishment)
class EstablishmentAdmin(admin.ModelAdmin):
    """Schools of the administrator's mandate, and no others."""

    list_display = ["name", "city", "uai", "named_department", "hub"]  # the name says of which kind
    list_filter = [DepartmentFilter, "kind", "ministry", "hub"]
    list_select_related = ["hub"]
    list_per_page = 50
    search_fields = ["name", "city", "uai"]
    search_help_text = "Nom, commune ou code UAI"
    autocomplete_fields = ["academy", "local_authority", "hub"]
    ordering = ["city", "name"]
    inlines = [ProviderInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).visible_to(request.user)

    @admin.display(description=_("département"), ordering="department")
    def named_department(self, school: Establishment) -> str:
        return name_of(school.department)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: a school that closes leaves the feed, and its people leave with it; what they did stays."""
        return False


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
