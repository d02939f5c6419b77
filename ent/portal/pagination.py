from __future__ import annotations

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


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
