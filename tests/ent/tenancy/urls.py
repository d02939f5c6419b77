"""Views that do what no view of ours should, to see the middleware hold."""

from __future__ import annotations

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from establishments.models import Group


def write(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Group.objects.classes().update(name="changed")))


def write_then_fail(request: HttpRequest) -> HttpResponse:
    Group.objects.classes().update(name="changed")
    raise RuntimeError("after the write")


def write_then_404(request: HttpRequest) -> HttpResponse:
    Group.objects.classes().update(name="changed")
    raise Http404


def lazy(request: HttpRequest) -> SimpleTemplateResponse:
    template = engines["django"].from_string("{% for group in groups %}{{ group.name }}{% endfor %}")
    return SimpleTemplateResponse(template, {"groups": Group.objects.classes()})


def backend(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), count(*) FROM establishments_group WHERE kind = 'class'")
        pid, groups = cursor.fetchone()
    return JsonResponse({"pid": pid, "groups": groups})


class WriteThenRefuse(APIView):
    def post(self, request: Request) -> Response:
        Group.objects.classes().update(name="changed")
        raise ValidationError({"name": ["no"]})


urlpatterns = [
    path("write/", write),
    path("write-then-fail/", write_then_fail),
    path("write-then-404/", write_then_404),
    path("lazy/", lazy),
    path("backend/", backend),
    path("api/refuse/", WriteThenRefuse.as_view()),
]
