from __future__ import annotations

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.search import searched_for
from ent.portal.spaces import in_space
from establishments.territory.models import Establishment

ROWS = 50


@in_space("territoire")
@require_GET
def territory_list(request: PortalRequest) -> HttpResponse:
    """The schools of the agent's mandate; ?q= looks in name, town and UAI, ?type= keeps one kind."""
    schools = Establishment.objects.visible_to(request.user)
    query, kind = searched_for(request), request.GET.get("type", "")
    if query:
        schools = schools.filter(Q(name__icontains=query) | Q(city__icontains=query) | Q(uai__iexact=query))
    if kind in Establishment.Kind.values:
        schools = schools.filter(kind=kind)
    page = page_of(schools.select_related("hub").order_by("city", "name", "pk"), request, size=ROWS)
    context = {"page": page, "query": query, "kind": kind, "kinds": Establishment.Kind.choices}
    return render(request, "establishments/territory/list.html", context)
