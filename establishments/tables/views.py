"""A school's own table: bring it, look at what it would change, apply it or give it up. Nothing is written before."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import enter_space
from establishments.directory import actions as directory
from establishments.directory.models import Change, SchoolRun
from establishments.directory.querysets import fed_by_the_academy
from establishments.directory.report import RefusedFileError
from establishments.imports.words import told
from establishments.people.reach import reach_of
from establishments.tables.actions import import_table, subject_codes
from establishments.tables.forms import TableForm
from establishments.tables.permissions import BRINGERS
from establishments.tables.reading import MissingColumnsError, read, template
from establishments.territory.models import Establishment

RUNS, ROWS = 10, 50


def in_its_space(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """403 for whoever has no role in the space of the address, before anything else is looked at."""

    @wraps(view)
    def enter(request: PortalRequest, space: str, **kwargs: Any) -> HttpResponse:
        enter_space(request, space)
        return view(request, space=space, **kwargs)

    return enter


@in_its_space
@require_http_methods(["GET", "POST"])
def bring(request: PortalRequest, space: str) -> HttpResponse:
    pks = _schools(request)
    fed = fed_by_the_academy(pks)
    schools, given = [], []
    for school in Establishment.objects.filter(pk__in=pks).order_by("name"):
        (given if school.pk in fed else schools).append(school)
    runs = list(_runs().filter(establishment__in=pks)[:RUNS])
    context: dict[str, Any] = {"runs": runs, "at": space, "given": given, "grace": settings.ENT_FEED_GRACE_DAYS}
    if not schools:  # a table would be refused: nothing to send is offered
        return render(request, "establishments/tables/bring.html", context | {"form": None})
    form = TableForm(
        request.POST or None,
        request.FILES or None,
        schools=schools,
        head=request.POST.getlist("head"),
        asked=request.POST.getlist("asked"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(f"{space}-table-run", pk=_tried(request, form).pk)
        except MissingColumnsError as error:
            chosen = {"school": request.POST.get("school", "")}
            form = TableForm(schools=schools, head=error.head, asked=[*error.missing, *error.others], initial=chosen)
        except RefusedFileError as refusal:
            form.add_error("file", refusal.reason)
        except ValidationError as error:
            form.add_error("file", error)
    return render(request, "establishments/tables/bring.html", context | {"form": form})


@in_its_space
@require_GET
def download_template(request: PortalRequest, space: str) -> HttpResponse:
    _schools(request)
    answer = HttpResponse(template(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="modele-personnes.csv"'
    return answer


@in_its_space
@require_GET
def table_run(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    """What it would change or has changed, and the rows that could not be read."""
    run = _run(request, pk)
    page = page_of(Change.objects.filter(school_run=run), request, size=ROWS)
    said = [*run.run.report.get("rejected", []), *run.counts.get("warnings", [])]
    context = {
        "run": run,
        "page": page,
        "people": told(page.rows),
        "said": said,
        "at": space,
        "waits": run.state in run.WAITING,
    }
    return render(request, "establishments/tables/run.html", context)


@in_its_space
@require_POST
def apply(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if not authenticated_recently(request):
        return ask_again(request)
    said = _("C’est fait : l’établissement est comme le tableau le dit.")
    return _decided(request, space, run, directory.accept, said)


@in_its_space
@require_POST
def give_up(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    said = _("Abandonné : rien n’a changé.")
    run = _run(request, pk)
    return _decided(request, space, run, directory.reject, said, reason=_("Abandonné par la personne qui l’a apporté"))


def _decided(request: PortalRequest, space: str, run: SchoolRun, action: Any, said: str, **more: Any) -> HttpResponse:
    try:
        action(school_run=run, by=request.user, **more)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect(f"{space}-table")


def _tried(request: PortalRequest, form: TableForm) -> SchoolRun:
    """The table, compared with the school."""
    school, file = form.cleaned_data["school"], form.cleaned_data["file"]
    table = read(file.read(), uai=school.uai, subjects=subject_codes(), chosen=form.chosen)
    run, _report = import_table(
        school=school, table=table, origin=file.name, day=timezone.localdate(), by=request.user, is_dry=True
    )
    found: SchoolRun = _runs().get(run=run)
    return found


def _schools(request: PortalRequest) -> list[int]:
    schools = reach_of(request.user).where(*BRINGERS)
    if not schools:
        raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))
    return sorted(schools)


def _runs() -> Any:
    """Of tables alone: their realm is their school's own code."""
    return (
        SchoolRun.objects.filter(realm=F("establishment__uai")).select_related("run", "establishment").order_by("-pk")
    )


def _run(request: PortalRequest, pk: int) -> SchoolRun:
    found: SchoolRun = open_or_refuse(_runs(), request.user, "establishments.directory.decide", pk=pk)
    return found
