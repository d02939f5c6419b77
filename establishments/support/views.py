"""The desks' pages, the form teacher's, and everybody's page of help."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.search import searched_for
from ent.portal.spaces import in_space
from establishments.people.models import FormTeacher, Group, Guardianship, Membership, Role
from establishments.people.reach import ACADEMY_AGENT, reach_of
from establishments.support import actions
from establishments.support.desks import HUB, SCHOOL, Desk, at_desk
from establishments.support.duplicates import alike, pages_of_alike
from establishments.support.figures import figures_of, schools_with_figures
from establishments.support.forms import (
    AfterForm,
    AppointForm,
    AskForm,
    CaseForm,
    FactorForm,
    MergeForm,
    ReasonForm,
    ResetForm,
)
from establishments.support.models import Case
from establishments.support.permissions import SCHOOL_DESK
from establishments.support.person_file import file_of
from establishments.support.search import Asked, named, named_or_placed, people_of
from establishments.territory.models import Establishment

ROWS = 25
MOST_SCHOOLS = 60  # in a list to choose from


# --- Finding somebody -----------------------------------------------------------------------------------------


@at_desk
@require_GET
def accounts(request: PortalRequest, desk: Desk) -> HttpResponse:
    """One search box over the people of the desk's schools; at a school's desk, also who never signed in."""
    schools = list(Establishment.objects.filter(pk__in=desk.schools_of(request.user)).order_by("city", "name", "pk"))
    asked = _asked(request)
    context = {
        "desk": desk,
        "asked": asked,
        "page": _found(request, asked, schools) if asked else None,
        "roles": Role.choices,
        "schools": schools if 1 < len(schools) <= MOST_SCHOOLS else [],
        "several": len(schools) > 1,
    }
    return render(request, "establishments/support/accounts.html", context)


def _asked(request: PortalRequest) -> Asked:
    school, role = request.GET.get("etablissement", ""), request.GET.get("role", "")
    return Asked(
        query=searched_for(request),
        role=role if role in Role.values else "",
        school=int(school) if school.isascii() and school.isdigit() and len(school) < 10 else None,
        never="jamais" in request.GET,
    )


def _found(request: PortalRequest, asked: Asked, schools: list[Establishment]) -> Any:
    """By name and login first; when nobody answers, by class and school too."""
    people = people_of([school.pk for school in schools], asked)
    if not asked.words:
        return page_of(people, request, size=ROWS)
    page = page_of(named(people, asked.words), request, size=ROWS)
    if page.rows or page.number > 1:
        return page
    return page_of(named_or_placed(people, asked.words, schools), request, size=ROWS)


# --- One person -----------------------------------------------------------------------------------------------


@at_desk
@require_GET
def account(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Who it is, why they cannot come in, what can be done."""
    file = file_of(pk, request.user, desk.schools_of(request.user))
    is_academy = reach_of(request.user).has(file.subject.establishment_id, {ACADEMY_AGENT})
    may_close = desk is HUB and file.may_act and is_academy
    context = {"desk": desk, "file": file, "person": file.person, "may_close": may_close}
    context["may_remove_factor"] = desk is HUB and file.may_act and file.subject.has_factor
    return render(request, "establishments/support/account.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_code(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Check who it is, then show a code once."""
    membership = _opened(request, pk, "establishments.accounts.reset")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ResetForm(
        request.POST or None, role=membership.role, initial={"after": actions.last_code_of(membership.user)}
    )
    if request.method == "POST" and form.is_valid():
        code = _issued(request, form, membership, form.reason, form.cleaned_data["identity"])
        if code:
            return _shown_once(request, membership, code, back=(desk.urls["account"], pk), desk=desk)
        if form.has_error("__all__", "seen"):
            return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user}
    return render(request, "establishments/support/code_form.html", context)


def _issued(request: PortalRequest, form: Any, membership: Membership, reason: str, identity: Any) -> str:
    """The code; "" when the action refuses, which is then said in the form."""
    try:
        with transaction.atomic():
            return actions.reset(
                membership=membership,
                by=request.user,
                reason=reason,
                identity_checked=identity,
                after=form.cleaned_data["after"],
            )
    except ValidationError as error:
        if getattr(error, "code", "") == "seen":
            messages.warning(request, " ".join(error.messages))
        form.add_error(None, error)
        return ""


def _shown_once(
    request: PortalRequest, membership: Membership, code: str, *, back: tuple[str, int], desk: Desk | None = None
) -> HttpResponse:
    context = {
        "membership": membership,
        "person": membership.user,
        "code": code,
        "back_name": back[0],
        "back_pk": back[1],
        "desk": desk,
        "now": timezone.now(),
    }
    return render(request, "establishments/support/code.html", context)


@at_desk
@require_POST
def account_unlock(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    membership = _opened(request, pk, "establishments.accounts.reset")
    try:
        with transaction.atomic():
            actions.unlock(membership=membership, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Essais oubliés : %(person)s peut réessayer.") % {"person": membership.user})
    return redirect(desk.urls["account"], pk=pk)


@at_desk
@require_http_methods(["GET", "POST"])
def account_block(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Close this school's door to one person, or open it again."""
    membership = _opened(request, pk, "establishments.accounts.reset")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ReasonForm(request.POST or None)
    blocking = not membership.is_suspended
    if request.method == "POST" and form.is_valid():
        actions.set_blocked(membership=membership, by=request.user, blocked=blocking, **form.cleaned_data)
        messages.success(request, _("Accès bloqué.") if blocking else _("Accès rétabli."))
        return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user, "blocking": blocking}
    return render(request, "establishments/support/block.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_close(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Close the account everywhere, or open it again: the academy's alone."""
    membership = _opened(request, pk, "establishments.accounts.close")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ReasonForm(request.POST or None)
    closing = membership.user.is_active
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.set_closed(membership=membership, by=request.user, closed=closing, **form.cleaned_data)

        if _done_without_error(form, act):
            messages.success(request, _("Compte fermé.") if closing else _("Compte rouvert."))
            return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user, "closing": closing}
    return render(request, "establishments/support/close.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_second_factor(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Take a lost one away: the agents' alone."""
    membership = _opened(request, pk, "establishments.accounts.remove_second_factor")
    if not authenticated_recently(request):
        return ask_again(request)
    form = FactorForm(request.POST or None, role=membership.role)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def act() -> None:
            actions.remove_second_factor(
                membership=membership, by=request.user, reason=data["reason"], identity_checked=data["identity"]
            )

        if _done_without_error(form, act):
            messages.success(request, _("Second facteur retiré."))
            return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user}
    return render(request, "establishments/support/second_factor.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_case(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Open a case for somebody: from a school to its hub, from a hub to the academy."""
    membership = _opened(request, pk, "establishments.accounts.help")
    form = CaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.open_case(membership=membership, by=request.user, level=Case.Level.HUB, **form.cleaned_data)

        if _done_without_error(form, act):
            messages.success(request, _("Demande ouverte."))
            return redirect(desk.urls["account"], pk=pk)
    context = {
        "form": form,
        "person": membership.user,
        "back_name": desk.urls["account"],
        "back_pk": pk,
    }
    return render(request, "establishments/support/ask_for.html", context)


# --- Duplicates -----------------------------------------------------------------------------------------------


@at_desk
@require_GET
def duplicates(request: PortalRequest, desk: Desk) -> HttpResponse:
    """Those of the same name and birth date, in the desk's schools."""
    schools = desk.schools_of(request.user)
    page = page_of(pages_of_alike(schools), request, size=ROWS)
    context = {"desk": desk, "page": page, "found": alike(page.rows, schools)}
    return render(request, "establishments/support/duplicates.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_merge(request: PortalRequest, desk: Desk, pk: int, other: int) -> HttpResponse:
    """Two people side by side: which one to keep."""
    pair = _pair(request, pk, other)
    people = {str(row.user_id): row.user for row in pair}
    if len(people) < 2:
        raise Http404
    if not authenticated_recently(request):
        return ask_again(request)
    form = MergeForm(request.POST or None, people=list(people.values()))
    if request.method == "POST" and form.is_valid():
        keep = people[form.cleaned_data["keep"]]
        (drop,) = [user for user in people.values() if user != keep]
        establishment = next(row.establishment_id for row in pair if row.user_id == drop.pk)

        def act() -> None:
            actions.merge_people(
                keep=keep,
                drop=drop,
                by=request.user,
                reason=form.cleaned_data["reason"],
                establishment_id=establishment,
            )

        if _done_without_error(form, act):
            messages.success(request, _("Comptes réunis : %(login)s reste.") % {"login": keep.username})
            return redirect(desk.urls["accounts"])
    return render(request, "establishments/support/merge.html", {"desk": desk, "form": form, "pair": pair})


def _pair(request: PortalRequest, pk: int, other: int) -> list[Membership]:
    rows = Membership.objects.select_related("user", "establishment").in_bulk([pk, other])
    if len(rows) < 2:
        raise Http404
    for row in rows.values():
        require(request.user, "establishments.accounts.help", row)
    return [rows[pk], rows[other]]


# --- Cases ----------------------------------------------------------------------------------------------------


@at_desk
@require_GET
def cases(request: PortalRequest, desk: Desk) -> HttpResponse:
    """What waits at this desk, the oldest first; ?voir=tout with other levels, ?voir=clos what is over."""
    schools = desk.schools_of(request.user)
    seen = request.GET.get("voir", "")
    rows = Case.objects.filter(establishment__in=schools).for_lists()
    if seen == "clos":
        rows = rows.filter(state=Case.State.CLOSED).order_by("-closed_at", "-pk")
    elif seen == "tout":
        rows = rows.pending().order_by("opened_at", "pk")
    else:
        seen, rows = "", rows.waiting_at([desk.level_of(request.user)], schools).order_by("opened_at", "pk")
    context = {"desk": desk, "page": page_of(rows, request, size=ROWS), "seen": seen}
    return render(request, "establishments/support/cases.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def case(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """One case: take it, note, hand it on, close it."""
    row: Case = open_or_refuse(Case.objects.for_lists(), request.user, "establishments.case.view", pk=pk)
    text = request.POST.get("text", "")
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                return _acted(request, desk, row, text)
        except ValidationError as refused:
            error = " ".join(refused.messages)
    context = {
        "desk": desk,
        "case": row,
        "notes": list(row.notes.select_related("author")),
        "subject": _subject(row, desk.schools_of(request.user)),
        "may_handle": row.state != Case.State.CLOSED and request.user.has_perm("establishments.case.handle", row),
        "text": text,
        "error": error,
    }
    return render(request, "establishments/support/case.html", context, status=422 if error else 200)


def _acted(request: PortalRequest, desk: Desk, row: Case, text: str) -> HttpResponse:
    what = request.POST.get("what")
    if what == "take":
        actions.take(case=row, by=request.user)
        messages.success(request, _("Vous suivez cette demande."))
    elif what == "note":
        actions.add_note(case=row, by=request.user, text=text)
        messages.success(request, _("Note ajoutée."))
    elif what == "escalate":
        actions.escalate(case=row, by=request.user, text=text)
        messages.success(request, _("Demande transmise : %(level)s.") % {"level": row.get_level_display()})
        return redirect(desk.urls["cases"])
    elif what == "close":
        actions.close(case=row, by=request.user, resolution=text[:300])
        return _next_case(request, desk)
    else:
        raise ValidationError(_("Choisissez ce que vous faites de cette demande."))
    return redirect(desk.urls["case"], pk=row.pk)


def _next_case(request: PortalRequest, desk: Desk) -> HttpResponse:
    """After one is closed the oldest that waits opens by itself."""
    waiting = Case.objects.waiting_at([desk.level_of(request.user)], desk.schools_of(request.user))
    following = waiting.filter(Q(taken_by=None) | Q(taken_by=request.user)).order_by("opened_at", "pk").first()
    if following is None:
        messages.success(request, _("Demande close. Il n’en reste pas."))
        return redirect(desk.urls["cases"])
    messages.success(request, _("Demande close. Voici la suivante."))
    return redirect(desk.urls["case"], pk=following.pk)


def _subject(row: Case, schools: list[int]) -> Membership | None:
    """The membership that leads to the person's file."""
    if row.person_id is None:
        return None
    found: Membership | None = (
        Membership.objects.filter(user=row.person_id, establishment__in=schools).order_by("pk").first()
    )
    return found


@at_desk
@require_GET
def figures(request: PortalRequest, desk: Desk) -> HttpResponse:
    schools = desk.schools_of(request.user)
    page = page_of(schools_with_figures(schools), request, size=ROWS)
    context = {"desk": desk, "figures": figures_of(schools), "page": page}
    return render(request, "establishments/support/figures.html", context)


@at_desk
@require_GET
def figures_csv(request: PortalRequest, desk: Desk) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="assistance.csv"'
    answer.write("\ufeff")  # spreadsheets take a file without it for another encoding
    rows = csv.writer(answer, delimiter=";")
    rows.writerow(["UAI", "Établissement", "Commune", "Demandes en cours", "Codes remis en 30 jours"])
    for school in schools_with_figures(desk.schools_of(request.user)):
        rows.writerow([school.uai, school.name, school.city, school.pending, school.resets])
    return answer


# --- The local team -------------------------------------------------------------------------------------------


@in_space("etablissement")
@require_GET
def never_came(request: PortalRequest) -> HttpResponse:
    """How many never signed in, by class and by role."""
    schools = _own_schools(request)
    never = Q(user__last_login__isnull=True, user__activated_at__isnull=True)
    members = Membership.objects.current().filter(establishment__in=schools)
    roles = members.values_list("role").annotate(total=Count("pk"), never=Count("pk", filter=never)).order_by("role")
    theirs = Q(
        students__membership__user__last_login__isnull=True, students__membership__user__activated_at__isnull=True
    )
    classes = (
        Group.objects.filter(establishment__in=schools)
        .of_year()
        .classes()
        .annotate(total=Count("students", distinct=True), never=Count("students", filter=theirs, distinct=True))
        .order_by("-never", "name", "pk")
    )
    context = {
        "roles": [(Role(role).label, role, total, count) for role, total, count in roles],
        "page": page_of(classes, request, size=50),
        "desk": SCHOOL,
    }
    return render(request, "establishments/support/never.html", context)


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def deputies(request: PortalRequest) -> HttpResponse:
    """Who helps the head with the accounts; appoint one more."""
    schools = _own_schools(request)
    if not authenticated_recently(request):
        return ask_again(request)
    current = Membership.objects.current().filter(establishment__in=schools).select_related("user", "establishment")
    team = list(current.filter(role=Role.LOCAL_ADMIN).order_by("user__sort_name", "pk"))
    people = current.filter(role__in=actions.APPOINTABLE).exclude(user__in=[row.user_id for row in team])
    form = AppointForm(request.POST or None, people=list(people.order_by("user__sort_name", "pk")[:400]))
    if request.method == "POST" and form.is_valid():
        membership = form.cleaned_data["person"]
        actions.appoint(membership=membership, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("%(person)s est administrateur local.") % {"person": membership.user})
        return redirect("deputies")
    return render(request, "establishments/support/deputies.html", {"form": form, "team": team, "desk": SCHOOL})


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def dismiss(request: PortalRequest, pk: int) -> HttpResponse:
    membership = _opened(request, pk, "establishments.deputies.manage")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.dismiss(membership=membership, by=request.user, reason=form.cleaned_data["reason"])

        if _done_without_error(form, act):
            messages.success(request, _("%(person)s n’est plus administrateur local.") % {"person": membership.user})
            return redirect("deputies")
    context = {"form": form, "membership": membership, "person": membership.user}
    return render(request, "establishments/support/dismiss.html", context)


def _own_schools(request: PortalRequest) -> list[int]:
    schools = reach_of(request.user).where(*SCHOOL_DESK)
    if not schools:
        raise PermissionDenied(_("Cette page n’est pas pour votre rôle."))
    return schools


# --- The form teacher -----------------------------------------------------------------------------------------


@in_space("classe")
@require_GET
def form_classes(request: PortalRequest) -> HttpResponse:
    """The classes that the teacher answers for."""
    own = reach_of(request.user).memberships(Role.TEACHER)
    groups = Group.objects.of_year().filter(pk__in=FormTeacher.objects.filter(membership__in=own).values("group"))
    page = page_of(groups.with_sizes().select_related("establishment"), request, size=ROWS)
    return render(request, "establishments/support/form_classes.html", {"page": page})


@in_space("classe")
@require_GET
def class_accounts(request: PortalRequest, pk: int) -> HttpResponse:
    """The students of one's class: who came, and a code for who cannot."""
    group = open_or_refuse(Group.objects, request.user, "establishments.class_accounts.view", pk=pk)
    students = (
        Membership.objects.current()
        .filter(groups__group=group, role=Role.STUDENT)
        .annotate(last_code=Coalesce(Max("user__codes"), 0))
    )
    context = {"group": group, "page": page_of(students.by_name(), request, size=60)}
    return render(request, "establishments/support/class_accounts.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def class_code(request: PortalRequest, pk: int, student: int) -> HttpResponse:
    """A code for a student who stands there: whose face the teacher knows."""
    students = Membership.objects.filter(groups__group=pk).annotate(group_name=F("groups__group__name"))
    rows = students.select_related("user", "establishment")
    membership = open_or_refuse(rows, request.user, "establishments.accounts.reset_student", pk=student)
    if not authenticated_recently(request):
        return ask_again(request)
    form = AfterForm(request.POST or None, initial={"after": actions.last_code_of(membership.user)})
    if request.method == "POST" and form.is_valid():
        if code := _issued(request, form, membership, _("Élève devant moi"), ["seen"]):
            return _shown_once(request, membership, code, back=("class-accounts", pk))
        if form.has_error("__all__", "seen"):
            return redirect("class-accounts", pk=pk)
    context = {"group_pk": pk, "membership": membership, "person": membership.user, "form": form}
    return render(request, "establishments/support/class_code.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def class_case(request: PortalRequest, pk: int, student: int) -> HttpResponse:
    """Ask for help for a student."""
    group = open_or_refuse(Group.objects, request.user, "establishments.class_accounts.view", pk=pk)
    students = Membership.objects.filter(groups__group=group).select_related("user", "establishment")
    membership = get_object_or_404(students, pk=student)
    form = CaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.open_case(membership=membership, by=request.user, level=Case.Level.SCHOOL, **form.cleaned_data)

        if _done_without_error(form, act):
            messages.success(request, _("Demande envoyée à l’équipe de l’établissement."))
            return redirect("class-accounts", pk=pk)
    context = {"form": form, "person": membership.user, "back_name": "class-accounts", "back_pk": pk}
    return render(request, "establishments/support/ask_for.html", context)


# --- Everybody's page of help ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def help_page(request: PortalRequest) -> HttpResponse:
    """Who helps in one's schools, one's own cases, and how to open another."""
    people = _may_ask_for(request.user)
    form = AskForm(request.POST or None, people=people)
    if request.method == "POST" and people and form.is_valid():
        membership = form.cleaned_data.pop("membership")

        def act() -> None:
            actions.open_case(membership=membership, by=request.user, level=Case.Level.SCHOOL, **form.cleaned_data)

        if _done_without_error(form, act):
            messages.success(request, _("Demande envoyée. La réponse sera sur cette page."))
            return redirect("help")
    schools = {row.establishment_id for row in people}
    contacts = (
        Membership.objects.current()
        .filter(establishment__in=schools, role__in=SCHOOL_DESK)
        .select_related("user", "establishment__hub")
        .order_by("establishment__name", "role", "user__sort_name", "pk")
    )
    own = Case.objects.filter(opened_by=request.user).for_lists().order_by("-pk")
    context = {
        "form": form,
        "people": people,
        "contacts": list(contacts[:30]),
        "page": page_of(own, request, size=10),
    }
    return render(request, "establishments/support/help.html", context)


def _may_ask_for(user: Any) -> list[Membership]:
    """The person, once a school, and the children whose legal guardian they are."""
    reach = reach_of(user)
    wards = Guardianship.objects.held_by(user).values("student") if reach.memberships(Role.GUARDIAN) else []
    rows = Membership.objects.filter(Q(pk__in=[seat.membership for seat in reach.seats]) | Q(pk__in=wards))
    found = rows.select_related("user", "establishment").order_by("pk")
    return list({(row.user_id, row.establishment_id): row for row in found}.values())


# --- Shared by the views above --------------------------------------------------------------------------------


def _opened(request: PortalRequest, pk: int, right: str) -> Membership:
    rows = Membership.objects.select_related("user", "establishment")
    membership: Membership = open_or_refuse(rows, request.user, right, pk=pk)
    return membership


def _done_without_error(form: Any, act: Callable[[], None]) -> bool:
    """Run the action; what it refuses is said in the form, with what was typed still there."""
    try:
        with transaction.atomic():
            act()
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True
