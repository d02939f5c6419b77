from __future__ import annotations

from typing import Any

from django_filters import rest_framework as django_filters
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet

from establishments.territory.models import Establishment, Holiday


class SchoolFilter(django_filters.FilterSet):
    """Base of the filters of what a school has."""

    # A number, not a choice among rows: another school's answers nothing, as one that never was.
    establishment = django_filters.NumberFilter("establishment")


class EstablishmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Establishment
        fields = [
            "id",
            "uai",
            "name",
            "kind",
            "ministry",
            "sector",
            "department",
            "city",
            "state",
            "opens_on",
            "latitude",
            "longitude",
            "phone",
            "website",
        ]


class EstablishmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """The schools that one belongs to, or that one's mandate covers."""

    serializer_class = EstablishmentSerializer
    queryset = Establishment.objects.none()
    lookup_value_converter = "int"
    filterset_fields = ["kind", "ministry", "department", "state"]

    def get_queryset(self) -> Any:
        return Establishment.objects.visible_to(self.request.user)


class HolidaySerializer(serializers.ModelSerializer):
    school_year = serializers.CharField(source="school_year.name", read_only=True)

    class Meta:
        model = Holiday
        fields = ["id", "school_year", "name", "zone", "starts_on", "ends_on"]


class HolidayViewSet(mixins.ListModelMixin, GenericViewSet):
    """The national calendar: days without lessons, of one zone or, with none, of all."""

    serializer_class = HolidaySerializer
    queryset = Holiday.objects.select_related("school_year")
    filterset_fields = ["zone"]
