"""Errors of the API as RFC 9457 problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler

from ent.portal.versions import StaleError
from ent.tenancy.scope import current_scope


class ConflictError(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT


class TooLargeError(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "Request body too large."


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer with `application/problem+json`, and undo what the view had written.

    The framework turns the exception into a response inside the view: without the rollback the scope's transaction
    would end well and keep half of the work.
    """
    if isinstance(error, StaleError):
        error = ConflictError(" ".join(error.messages))
    elif isinstance(error, ValidationError):
        error = exceptions.ValidationError(as_serializer_error(error))
    elif isinstance(error, RequestDataTooBig):
        error = TooLargeError()
    response = exception_handler(error, context)
    if response is None:
        return None
    if current_scope() is not None:
        transaction.set_rollback(True)
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(response.status_code).phrase,
        "status": response.status_code,
    }
    if isinstance(error, exceptions.ValidationError):
        problem["errors"] = response.data
    elif isinstance(error, exceptions.APIException):
        problem["detail"] = str(error.detail)
    elif isinstance(error, Http404):  # Django's own words name a table, in English
        problem["detail"] = gettext("Rien de tel ici.")
    elif isinstance(error, PermissionDenied) and str(error):
        problem["detail"] = str(error)
    response.data = problem
    response.content_type = "application/problem+json"
    return response
