"""What the rectorate reads of courses: which there are, and how many resources they have. They are written by their
teachers.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from establishments.people.admin import TenantAdmin
from pedagogy.courses.models import Course


@admin.register(Course)
class CourseAdmin(TenantAdmin):
    list_display = ["__str__", "subject", "school_year", "establishment", "is_shared", "resource_count"]
    list_filter = ["school_year", "is_shared", *TenantAdmin.list_filter]
    list_select_related = ["subject", "school_year", "establishment"]
    search_fields = ["name", "subject__name", "establishment__name", "establishment__uai"]
    ordering = ["-pk"]
    fields = readonly_fields = ["name", "subject", "school_year", "establishment", "is_shared"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(resource_count=Count("resources"))

    @admin.display(description=gettext_lazy("ressources"), ordering="resource_count")
    def resource_count(self, course: Any) -> int:
        return int(course.resource_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
