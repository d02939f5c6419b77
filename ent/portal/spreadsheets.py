"""Tables that people open in their spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

BOM = "\ufeff"  # without it, spreadsheets take the file for another encoding
# A cell that begins so is a formula, which runs on the machine of whoever opens the file.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    def write(self, line: str) -> str:
        return line


def cell(value: Any) -> Any:
    """What is written for a value: numbers as the French write them, text never as a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, int):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def lines_of(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=";")
    yield BOM
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def table_response(rows: Iterable[Sequence[Any]], *, filename: str) -> StreamingHttpResponse:
    """The rows as a file, written as they are read.

    The scope is closed by then: rows of tenants must be in memory, those of global tables may come from a query.
    """
    response = StreamingHttpResponse(lines_of(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
