"""What the API reads of a request: JSON as the framework does, within bounds."""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils import json


class BoundedJSONParser(JSONParser):
    """Django's bound on bodies holds for whoever asks for the whole; the framework reads the stream, to its end."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = stream.read(most + 1)
        if len(content) > most:
            raise RequestDataTooBig("Request body too large.")
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            return json.loads(content.decode(encoding), parse_constant=json.strict_constant, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"JSON parse error - {error}") from error


def _finite(digits: str) -> float:
    """JSON has no infinity, but Python makes one of 1e400, which no number of ours can be made of."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large")
    return number
