"""The quality of what the directory says, school by school."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import enter_space
from establishments.directory.permissions import ABOVE, AT_SCHOOL
from establishments.people.reach import reach_of
from establishments.quality.notes import NOTES_BY_SLUG, lines_of, notes_of, problems_of
from establishments.quality.problems import BY_SLUG, ERRORS, PROBLEMS, counted, errors_in, has_false_letter
from establishments.territory.models import Establishment

ROWS = 50
SPACES = {"etablissement": AT_SCHOOL, "territoire": ABOVE}


@require_GET
def schools(request: PortalRequest, space: str) -> HttpResponse:
    """The schools where most is wrong come first; who has one school only is led to it."""
    enter_space(request, space)
    pks = reach_of(request.user).where(*SPACES[space])
    if not pks:
        raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))
    if len(pks) == 1 and space == "etablissement":
        return redirect(f"{space}-quality-of", pk=pks[0])
    counts = counted(pks)
    rows = [
        {
            "school": school,
            "errors": errors_in(counts.get(school.pk, {})) + has_false_letter(school),
            "worst": _worst(counts.get(school.pk, {})),
        }
        for school in Establishment.objects.filter(pk__in=pks).order_by("city", "name", "pk")
    ]
    rows.sort(key=lambda row: -row["errors"])  # type: ignore[operator]
    context = {"page": page_of(rows, request, size=ROWS), "space": space, "one": f"{space}-quality-of"}
    context["back"] = f"{space}-imports"
    return render(request, "establishments/quality/schools.html", context)


def _worst(counts: dict[str, int]) -> list[tuple[Any, int]]:
    """The three most frequent errors of a school."""
    found = sorted(((count, slug) for slug, count in counts.items() if slug in ERRORS), reverse=True)
    return [(BY_SLUG[slug].title, count) for count, slug in found[:3]]


def school(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    """What is wrong in one school, and what to do; ?probleme= lists the rows of one problem."""
    enter_space(request, space)
    return _school(request, space, pk)


@require_GET
def _school(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    visible = Establishment.objects.visible_to(request.user)
    place: Establishment = open_or_refuse(visible, request.user, "establishments.directory.view", pk=pk)
    context: dict[str, Any] = {"school": place, "space": space, "one": f"{space}-quality-of"}
    problem = BY_SLUG.get(request.GET.get("probleme", ""))
    if problem:
        page = page_of(problem.rows([place.pk]), request, size=ROWS)
        context |= {
            "problem": problem,
            "page": page,
            "lines": [problem.line(row) for row in page.rows],
            "file": f"{space}-account",
            "opens_groups": space == "etablissement",
        }
        return render(request, "establishments/quality/problem.html", context)
    if of_notes := NOTES_BY_SLUG.get(request.GET.get("probleme", "")):
        notes = [note for note in notes_of([place.pk]).get(place.pk, []) if note.is_of(of_notes)]
        page = page_of(notes, request, size=ROWS)
        context |= {"problem": of_notes, "page": page, "lines": lines_of(place.pk, page.rows)}
        context |= {"file": f"{space}-account", "opens_groups": False}
        return render(request, "establishments/quality/problem.html", context)
    counts = counted([place.pk]).get(place.pk, {})
    found = [(problem, counts[problem.slug]) for problem in PROBLEMS if counts.get(problem.slug)]
    several = len(reach_of(request.user).where(*SPACES[space])) > 1
    context |= {
        "errors": [row for row in found if row[0].is_error],
        "others": [row for row in found if not row[0].is_error],
        "total": errors_in(counts) + has_false_letter(place),
        "has_false_letter": has_false_letter(place),
        "notes": problems_of(notes_of([place.pk]).get(place.pk, [])),
        "back": f"{space}-quality" if several or space == "territoire" else f"{space}-imports",
    }
    return render(request, "establishments/quality/school.html", context)
