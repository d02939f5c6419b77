"""The form teacher, for the students of the class."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import F, Max
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import in_space
from establishments.people.models import FormTeacher, Group, Membership, Role
from establishments.people.reach import reach_of
from establishments.support import actions, case_actions
from establishments.support.forms import (
    AfterForm,
    CaseForm,
)
from establishments.support.models import Case
from establishments.support.views.shared import ROWS, done_without_error, issued_code, shown_once


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
        if code := issued_code(request, form, membership, _("Élève devant moi"), ["seen"]):
            return shown_once(request, membership, code, back=("class-accounts", pk))
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
            case_actions.open_case(membership=membership, by=request.user, level=Case.Level.SCHOOL, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Demande envoyée à l’équipe de l’établissement."))
            return redirect("class-accounts", pk=pk)
    context = {"form": form, "person": membership.user, "back_name": "class-accounts", "back_pk": pk}
    return render(request, "establishments/support/ask_for.html", context)
