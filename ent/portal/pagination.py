from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response


class PortalPagination(CursorPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "pk"

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The framework hands on whatever stands in a cursor, as the key that it is to be compared with."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor and cursor.position is not None:
            try:
                int(cursor.position)
            except ValueError as error:
                raise NotFound(self.invalid_cursor_message) from error
        return cursor


class ListPagination(PageNumberPagination):
    """Of a list that is no table's rows, in the same envelope."""

    page_size = PortalPagination.page_size
    page_size_query_param = PortalPagination.page_size_query_param
    max_page_size = PortalPagination.max_page_size

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})
