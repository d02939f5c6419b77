"""The rectorate's pages on the imports: send an archive, follow it, decide school by school."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.templatetags.portal import moment
from establishments.directory.models import ImportRun, SchoolRun
from establishments.directory.report import COUNTED, Report
from establishments.imports import actions
from establishments.imports.forms import ArchiveForm, WhyForm
from establishments.imports.handlers import ArchiveUploadHandler
from establishments.imports.querysets import changes_in, decisions_under_way
from establishments.imports.words import told
from establishments.people.admin import TenantAdmin
from establishments.people.reach import reach_of
from establishments.territory.admin import DepartmentOfSchoolFilter

PK = re.compile(r"\d{1,18}", re.ASCII)
ROWS = 50
DECISIONS = 5  # on many schools, shown above the list
LISTED = 200  # remarks shown on a page; the command's report has them all
TITLES = {
    "accept": gettext_lazy("Accepter"),
    "reject": gettext_lazy("Refuser"),
    "undo": gettext_lazy("Annuler l’import"),
}


class OnlyRead(admin.ModelAdmin):
    """What an import did is history: nobody writes it."""

    show_full_result_count = False
    list_per_page = ROWS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ImportRun)
class ImportRunAdmin(OnlyRead):
    """The runs that concern the administrator's schools, and those that they sent themself."""

    list_display = [
        "origin",
        "shown_day",
        "shown_state",
        "advance",
        "applied",
        "held",
        "to_review",
        "by",
        "shown_start",
    ]
    list_filter = ["state", "is_dry"]
    list_select_related = ["by"]
    date_hierarchy = "started_at"
    search_fields = ["origin"]
    search_help_text = gettext_lazy("Nom de l’archive ou du dossier")
    change_list_template = "admin/establishments/importrun/change_list.html"
    change_form_template = "admin/establishments/importrun/change_form.html"

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """What the page does not show is not guessed letter by letter in the address of the list."""
        return not lookup.startswith(("report", "delivered")) and super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        own = SchoolRun.objects.filter(run=OuterRef("pk"))
        runs = super().get_queryset(request).filter(Exists(own) | Q(by=request.user)).defer("report", "delivered")
        states = SchoolRun.State
        return runs.annotate(
            schools_in=Count("schools"),
            pending_in=Count("schools", filter=Q(schools__state=states.PENDING)),
            applied_in=Count("schools", filter=Q(schools__state=states.APPLIED)),
            held_in=Count("schools", filter=Q(schools__state=states.HELD)),
            to_review_in=Count("schools", filter=Q(schools__state=states.TO_REVIEW)),
        )

    @admin.display(description=gettext_lazy("jour"), ordering="day")
    def shown_day(self, run: ImportRun) -> str:
        return date_format(run.day, "d/m/Y")

    @admin.display(description=gettext_lazy("commencé"), ordering="started_at")
    def shown_start(self, run: ImportRun) -> str:
        return date_format(localtime(run.started_at), "d/m/Y H:i")

    @admin.display(description=gettext_lazy("état"), ordering="state")
    def shown_state(self, run: ImportRun) -> str:
        return f"{run.get_state_display()} ({_('à blanc')})" if run.is_dry else run.get_state_display()

    @admin.display(description=gettext_lazy("avancement"))
    def advance(self, run: Any) -> str:
        if run.state == ImportRun.State.READING:
            return actions.progress_of(run) or _("en attente")
        done = run.schools_in - run.pending_in
        if run.state == ImportRun.State.SETTLING:
            said = _("%(done)d sur %(all)d") % {"done": done, "all": run.schools_in}
            bar = '<progress max="{}" value="{}" aria-label="{}"></progress> {}'
            return format_html(bar, run.schools_in or 1, done, _("Établissements faits"), said)
        return "–" if run.ended_at is None else moment(run.ended_at)

    @admin.display(description=gettext_lazy("appliqués"))
    def applied(self, run: Any) -> str:
        return _schools_link(run, run.applied_in, SchoolRun.State.APPLIED)

    @admin.display(description=gettext_lazy("arrêtés"))
    def held(self, run: Any) -> str:
        return _schools_link(run, run.held_in, SchoolRun.State.HELD)

    @admin.display(description=gettext_lazy("à revoir"))
    def to_review(self, run: Any) -> str:
        return _schools_link(run, run.to_review_in, SchoolRun.State.TO_REVIEW)

    # --- Pages ------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        under_way = self.get_queryset(request).filter(state__in=actions.UNDER_WAY).exists()
        may_send = request.user.has_perm("establishments.imports.send")
        return super().changelist_view(request, {"under_way": under_way, "may_send": may_send, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        context = _told(run, request.user) if run and self.has_view_permission(request, run) else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        # Its upload is bigger than others: the handler is set before the body is read, hence before CSRF's check.
        receive = csrf_exempt(partial(_receive, model_admin=self))
        return [
            path("importer/", self.admin_site.admin_view(receive), name="establishments_import"),
            *super().get_urls(),
        ]


def _schools_link(run: Any, count: int, state: str) -> str:
    if not count:
        return "0"
    url = reverse("admin:establishments_schoolrun_changelist")
    return format_html('<a href="{}?run__id__exact={}&state__exact={}">{}</a>', url, run.pk, state, count)


def _report_on(run: Any, user: Any) -> dict[str, Any]:
    """What the run reports, or of one that is about another academy's schools too, what it does of one's own."""
    report: dict[str, Any] = run.report
    if "error" in report or user.is_superuser or reach_of(user).establishments.issuperset(run.delivered):
        return report
    own = Report()
    for counts in SchoolRun.objects.filter(run=run).values_list("counts", flat=True):
        own.absorb(counts)
    return own.as_dict()


def _told(run: Any, user: Any) -> dict[str, Any]:
    """What a run reports, in words."""
    report = _report_on(run, user)
    rows = SchoolRun.objects.filter(run=run)
    totals = rows.aggregate(arrived=Sum("arrived"), changed=Sum("changed"), left=Sum("left"))
    states = rows.order_by("state").values("state").annotate(schools=Count("pk"))
    labels = dict(SchoolRun.State.choices)
    return {
        "title": _("Import de l’annuaire"),
        "run": run,
        "under_way": run.state in actions.UNDER_WAY,
        "progress": actions.progress_of(run),
        "done": run.schools_in - run.pending_in,
        "totals": totals,
        "error": report.get("error"),
        "states": [(row["state"], labels[row["state"]], row["schools"]) for row in states],
        "counted": [
            (label, *(report[name].get(key, 0) for name in ("created", "updated", "unchanged", "removed")))
            for key, label in COUNTED.items()
            if "created" in report
        ],
        "notes": [
            (_("Fiches et liens rejetés"), report.get("rejected_total", 0), report.get("rejected", [])[:LISTED]),
            (_("Avertissements"), report.get("warnings_total", 0), report.get("warnings", [])[:LISTED]),
        ],
    }


def _receive(request: HttpRequest, *, model_admin: Any) -> HttpResponse:
    request.upload_handlers = [ArchiveUploadHandler(request)]
    return _received(request, model_admin=model_admin)


@csrf_protect
def _received(request: HttpRequest, *, model_admin: Any) -> HttpResponse:
    """Take an archive in; a task reads it."""
    if not model_admin.has_view_permission(request) or not request.user.has_perm("establishments.imports.send"):
        raise PermissionDenied
    if not authenticated_recently(request):
        return ask_again(request)  # type: ignore[arg-type]
    sent = request.method == "POST"
    form = ArchiveForm(request.POST, request.FILES) if sent else ArchiveForm()
    if sent and form.is_valid():
        try:
            with transaction.atomic():
                run = actions.send(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as refused:
            form.add_error("archive", refused)
        else:
            messages.success(request, _("Archive reçue : elle est lue à partir de maintenant."))
            return redirect("admin:establishments_importrun_change", run.pk)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Importer un annuaire"),
        "opts": model_admin.opts,
        "form": form,
    }
    return render(request, "admin/establishments/importrun/send.html", context)


# --- School by school -----------------------------------------------------------------------------------------


class DecisionFilter(admin.SimpleListFilter):
    """What was decided on many schools at once, and is not done."""

    title = gettext_lazy("décision groupée")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("demandee", gettext_lazy("demandée, à faire")),
            ("empechee", gettext_lazy("n’a pas pu être prise")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "demandee":
            return queryset.asked()  # type: ignore[attr-defined, no-any-return]
        return queryset.exclude(refusal="") if self.value() == "empechee" else queryset


@admin.register(SchoolRun)
class SchoolRunAdmin(OnlyRead, TenantAdmin):
    list_display = [
        "establishment",
        "shown_state",
        "people",
        "arrived",
        "changed",
        "left",
        "run",
        "decided_by",
        "decided_at",
    ]
    list_filter = [
        "state",
        DepartmentOfSchoolFilter,
        DecisionFilter,
        ("run", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["establishment", "run", "decided_by"]
    search_fields = ["establishment__name", "establishment__city", "establishment__uai", "run__origin"]
    search_help_text = gettext_lazy("Établissement, commune, code UAI ou archive")
    ordering = ["-pk"]
    actions = ["accept", "reject", "undo"]
    actions_selection_counter = True
    change_list_template = "admin/establishments/schoolrun/change_list.html"
    change_form_template = "admin/establishments/schoolrun/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("run__report", "run__delivered")

    @admin.action(description=gettext_lazy("Accepter : appliquer l’import"))
    def accept(self, request: HttpRequest, rows: QuerySet[SchoolRun]) -> HttpResponse | None:
        return self._decide(request, rows, "accept")

    @admin.action(description=gettext_lazy("Refuser : laisser l’établissement comme il est"))
    def reject(self, request: HttpRequest, rows: QuerySet[SchoolRun]) -> HttpResponse | None:
        return self._decide(request, rows, "reject")

    @admin.action(description=gettext_lazy("Annuler : revenir à l’état d’avant l’import"))
    def undo(self, request: HttpRequest, rows: QuerySet[SchoolRun]) -> HttpResponse | None:
        return self._decide(request, rows, "undo")

    def _decide(self, request: HttpRequest, rows: QuerySet[SchoolRun], what: str) -> HttpResponse | None:
        """Say how many people it is about, then leave it to a task: many schools take minutes."""
        if not authenticated_recently(request):
            return ask_again(request)  # type: ignore[arg-type]
        rows = rows.filter(state__in=actions.STATES[SchoolRun.Decision(what)], asked="").defer("counts")
        if "chosen" in request.POST:  # those that the page before named, and not others that came since
            rows = rows.filter(pk__in=[pk for pk in request.POST["chosen"].split(",") if PK.fullmatch(pk)])
        chosen = list(rows.order_by("establishment__name", "pk"))
        if any(not request.user.has_perm("establishments.directory.decide", row) for row in chosen):
            raise PermissionDenied
        if not chosen:
            self.message_user(request, _("Aucun des imports choisis n’en est là."), messages.WARNING)
            return None
        form = WhyForm(request.POST if "confirmed" in request.POST else None)
        if "confirmed" in request.POST and (what == "accept" or form.is_valid()):
            reason = "" if what == "accept" else form.cleaned_data["reason"]
            count = actions.ask(school_runs=chosen, what=what, by=request.user, reason=reason)  # type: ignore[arg-type]
            said = ngettext("%(count)d établissement à faire", "%(count)d établissements à faire", count)
            self.message_user(request, f"{TITLES[what]} : {said % {'count': count}}.", messages.SUCCESS)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": TITLES[what],
            "opts": self.opts,
            "what": what,
            "rows": chosen,
            "form": form,
            "needs_reason": what != "accept",
            "totals": {name: sum(getattr(row, name) for row in chosen) for name in ("arrived", "changed", "left")},
            "chosen": ",".join(str(row.pk) for row in chosen),
        }
        return TemplateResponse(request, "admin/establishments/schoolrun/confirm.html", context)

    @admin.display(description=gettext_lazy("état"), ordering="state")
    def shown_state(self, row: SchoolRun) -> str:
        said = row.get_state_display()
        if row.asked:
            return _("%(state)s – demandé : %(what)s") % {"state": said, "what": row.get_asked_display()}
        return f"{said} – {row.refusal}" if row.refusal else said

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        decisions = [
            {**row, "label": TITLES.get(row["what"], _("Décision prise"))} for row in decisions_under_way()[:DECISIONS]
        ]
        under_way = any(row["done"] < row["total"] for row in decisions)
        context = {"decisions": decisions, "under_way": under_way, **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if row and self.has_view_permission(request, row):
            page = page_of(changes_in(row, request.GET.get("quoi", "")), request, size=ROWS)  # type: ignore[arg-type]
            context = {
                "title": _("Import d’un établissement"),
                "row": row,
                "page": page,
                "told": told(page.rows),
                "notes": [*row.counts.get("rejected", []), *row.counts.get("warnings", [])][:LISTED],
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
