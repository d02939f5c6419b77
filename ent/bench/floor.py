"""A bare view of the same shape: session, user, one indexed SELECT of 20 rows, a plain template of the same size."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

ROWS = 20


def floor(request: HttpRequest) -> HttpResponse:
    """`?size=` pads the page to that many bytes, those of the page that it stands beside."""
    rows = get_user_model().objects.filter(sort_name__gte="m").order_by("sort_name")[:ROWS]
    return render(request, "bench/floor.html", {"rows": rows, "filler": "x" * int(request.GET["size"])})


urlpatterns = [path("floor/", floor)]
