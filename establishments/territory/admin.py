"""The rectorate's pages on the territory. They open as fast for 1,200 schools as for two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, URLField
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.identity.models import User, plain
from ent.portal.spreadsheets import table_response
from establishments.people import providers
from establishments.register.views import upload
from establishments.territory import actions
from establishments.territory.calendar import write_the_calendar
from establishments.territory.competences import competences_of, write_the_law
from establishments.territory.departments import name_of
from establishments.territory.models import (
    Authority,
    Competence,
    Establishment,
    Holiday,
    ProviderFor,
    SchoolYear,
    SupportHub,
)

ROWS = 50
CHUNK = 500  # rows fetched at once by an export


class DepartmentFilter(admin.SimpleListFilter):
    """The départements of the administrator's schools, by name and number: “Ariège (09)”."""

    title = gettext_lazy("département")
    parameter_name = "departement"
    field = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = Establishment.objects.administered_by(request.user).order_by().values_list("department", flat=True)
        return sorted(((code, name_of(code)) for code in codes.distinct()), key=lambda choice: plain(choice[1]))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class DepartmentOfSchoolFilter(DepartmentFilter):
    field = "establishment__department"


class WithinBordersMixin:
    """An academy's agents see what concerns their schools, and change what concerns no school of another academy.

    Superusers see and change everything. Before a `ModelAdmin` whose manager has `administered_by` and `changeable_by`.
    """

    def administered_by(self, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.administered_by(user)  # type: ignore[attr-defined]
        return found

    def changeable_by(self, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.changeable_by(user)  # type: ignore[attr-defined]
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows if request.user.is_superuser else rows.filter(pk__in=self.administered_by(request.user))

    def changeable_among(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the chosen rows that an action may change; the others are said."""
        found = rows.filter(pk__in=self.changeable_by(request.user).values("pk"))
        if left := rows.count() - found.count():
            said = ngettext(
                "%(count)d concerne aussi une autre académie : rien n’y a changé.",
                "%(count)d concernent aussi une autre académie : rien n’y a changé.",
                left,
            )
            self.message_user(request, said % {"count": left}, messages.WARNING)  # type: ignore[attr-defined]
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)  # type: ignore[misc]
        return allowed and self._is_within(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)  # type: ignore[misc]
        return allowed and self._is_within(request, obj)

    def _is_within(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None or obj.pk is None or request.user.is_superuser:
            return True
        known = vars(request).setdefault("_within_borders", {})  # asked many times for one page
        key = (type(obj), obj.pk)
        if key not in known:
            known[key] = self.changeable_by(request.user).filter(pk=obj.pk).exists()
        return bool(known[key])


class ProviderFormSet(forms.BaseInlineFormSet):
    """A provider of which another academy has schools, or all, is neither given nor taken away by an agent of one."""

    by: User

    def clean(self) -> None:
        super().clean()
        if self.by.is_superuser or any(self.errors):
            return
        touched = [form for form in self.forms if form.has_changed() or form in self.deleted_forms]
        before = {form.initial["provider"] for form in touched if form.initial.get("provider")}
        after = {form.cleaned_data["provider"].pk for form in touched if form.cleaned_data.get("provider")}
        own = set(providers.changeable_by(self.by).values_list("pk", flat=True))
        if not before | after <= own:
            raise forms.ValidationError(_("Ce fournisseur vaut aussi pour une autre académie."))
        going = [form.instance.pk for form in touched if form.initial.get("provider")]
        staying = {form.cleaned_data["provider"].pk for form in touched if form not in self.deleted_forms}
        bound = set(ProviderFor.objects.exclude(pk__in=going).values_list("provider", flat=True))
        if before - bound - staying:
            raise forms.ValidationError(
                _("Sans aucun établissement, ce fournisseur vaudrait pour tous, dans toutes les académies.")
            )


class ProviderInline(admin.TabularInline):
    """Which identity providers vouch for the people of this school, or of this authority's schools."""

    model = ProviderFor
    formset = ProviderFormSet
    fields = ["provider"]
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)  # a class of this request alone
        formset.by = request.user  # type: ignore[attr-defined]
        return formset

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "provider":
            kwargs["queryset"] = providers.administered_by(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SchoolActionForm(ActionForm):
    """Beside the action: the hub, for the action that needs one."""

    hub = forms.ModelChoiceField(label=gettext_lazy("Pôle :"), queryset=SupportHub.objects.all(), required=False)


@admin.register(Establishment)
class EstablishmentAdmin(admin.ModelAdmin):
    """Schools of the administrator's mandate, and no others."""

    # The name says of which kind.
    list_display = ["name", "city", "uai", "named_department", "state", "hub"]
    list_filter = [
        "state",
        DepartmentFilter,
        "kind",
        "ministry",
        "sector",
        ("hub", admin.RelatedOnlyFieldListFilter),
        ("local_authority", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["hub"]
    list_per_page = ROWS
    show_full_result_count = False
    search_fields = ["name", "city", "uai"]
    search_help_text = gettext_lazy("Nom, commune ou code UAI")
    autocomplete_fields = ["academy", "local_authority", "hub"]
    ordering = ["city", "name", "pk"]
    inlines = [ProviderInline]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    action_form = SchoolActionForm
    actions = ["assign_local_authority", "entrust_to_hub", "plan", "try_out", "open_now"]
    actions_selection_counter = True
    change_list_template = "admin/establishments/establishment/change_list.html"
    readonly_fields = ["competent"]
    fieldsets = [
        (None, {"fields": ["name", "uai", "kind", "ministry", "sector"]}),
        (gettext_lazy("Ouverture"), {"fields": ["state", ("pilots_on", "opens_on")]}),
        (gettext_lazy("Rattachements"), {"fields": ["academy", "local_authority", "competent", "hub"]}),
        (gettext_lazy("Adresse"), {"fields": ["address", ("postal_code", "city", "insee_code"), "department"]}),
        (gettext_lazy("Joindre et situer"), {"fields": [("phone", "email"), "website", ("latitude", "longitude")]}),
        (gettext_lazy("Fichiers"), {"fields": ["files_quota"]}),
        (gettext_lazy("Annuaire fédérateur"), {"fields": ["structure_key"], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).administered_by(request.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in {"academy", "local_authority", "hub"}:
            kwargs["queryset"] = db_field.related_model.objects.administered_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("département"), ordering="department")
    def named_department(self, school: Establishment) -> str:
        return name_of(school.department)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: a school that closes leaves the feed, and its people leave with it; what they did stays."""
        return False

    @admin.display(description=gettext_lazy("compétents selon les textes"))
    def competent(self, school: Establishment) -> str:
        rows = competences_of(school) if school.pk else []
        return " · ".join(f"{row.authority} ({row.source})" for row in rows) or "–"

    # --- On many at once --------------------------------------------------------------------------------------

    @admin.action(
        description=gettext_lazy("Donner la collectivité compétente selon les textes"), permissions=["change"]
    )
    def assign_local_authority(self, request: HttpRequest, schools: QuerySet[Establishment]) -> None:
        done = actions.assign_local_authority(schools=schools, by=request.user)
        self._say_changed(request, done.changed, _("Collectivité donnée selon les compétences"))
        if done.without:
            names = ", ".join(str(school) for school in done.without[:5])
            self.message_user(
                request,
                _("%(count)d sans collectivité compétente connue : %(names)s… Complétez les compétences.")
                % {"count": len(done.without), "names": names},
                messages.WARNING,
            )
        for authority, count in done.elsewhere.items():
            said = _("%(authority)s n’est pas partenaire : %(count)d établissements ont un autre ENT.")
            self.message_user(request, said % {"authority": authority, "count": count}, messages.WARNING)

    @admin.action(description=gettext_lazy("Rattacher au pôle choisi"), permissions=["change"])
    def entrust_to_hub(self, request: HttpRequest, schools: QuerySet[Establishment]) -> None:
        chosen = request.POST.get("hub", "")
        hubs = SupportHub.objects.administered_by(request.user)
        hub = hubs.filter(pk=chosen).first() if chosen.isdigit() else None
        if hub is None:
            self.message_user(request, _("Choisissez le pôle à côté de l’action."), messages.ERROR)
            return
        changed = actions.set_hub(schools=schools, hub=hub, by=request.user)
        self._say_changed(request, changed, _("Rattaché : %(hub)s") % {"hub": hub})

    @admin.action(description=gettext_lazy("Mettre en « prévu » : personne n’entre"), permissions=["change"])
    def plan(self, request: HttpRequest, schools: QuerySet[Establishment]) -> None:
        self._set_state(request, schools, Establishment.State.PLANNED)

    @admin.action(description=gettext_lazy("Mettre à l’essai : l’équipe locale entre"), permissions=["change"])
    def try_out(self, request: HttpRequest, schools: QuerySet[Establishment]) -> None:
        self._set_state(request, schools, Establishment.State.PILOTING)

    @admin.action(description=gettext_lazy("Ouvrir : tous entrent"), permissions=["change"])
    def open_now(self, request: HttpRequest, schools: QuerySet[Establishment]) -> None:
        self._set_state(request, schools, Establishment.State.OPEN)

    def _set_state(self, request: HttpRequest, schools: QuerySet[Establishment], state: Any) -> None:
        changed = actions.set_state(schools=schools, state=state, by=request.user)
        self._say_changed(request, changed, _("Ouverture : %(state)s") % {"state": state.label})

    def _say_changed(self, request: HttpRequest, schools: Sequence[Establishment], what: str) -> None:
        """In the history of each school, and on the page."""
        if schools:
            LogEntry.objects.log_actions(request.user.pk, schools, CHANGE, change_message=what)
        count = len(schools)
        said = ngettext("%(count)d établissement modifié", "%(count)d établissements modifiés", count)
        self.message_user(request, f"{said % {'count': count}} – {what}.", messages.SUCCESS)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With a title that leaves room for the buttons beside it, and the hubs of one's own territory."""
        page = super().changelist_view(request, {"title": _("Établissements"), **(extra_context or {})})
        if form := getattr(page, "context_data", {}).get("action_form"):
            form.fields["hub"].queryset = SupportHub.objects.administered_by(request.user)
        return page

    # --- Export -----------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        register = partial(upload, model_admin=self)
        return [
            path("exporter/", self.admin_site.admin_view(self.export), name="establishments_export"),
            path("registre/", self.admin_site.admin_view(register), name="establishments_register"),
            *super().get_urls(),
        ]

    def export(self, request: HttpRequest) -> HttpResponse:
        """The schools of the list as it is filtered, searched and ordered, in a file for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found: ChangeList = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseBadRequest(_("Ces filtres n’existent pas : revenez à la liste des établissements."))
        schools = found.get_queryset(request).select_related("academy", "local_authority", "hub")
        return table_response(_table_of(schools.iterator(chunk_size=CHUNK)), filename="etablissements.csv")  # type: ignore[return-value]


def _table_of(schools: Iterable[Establishment]) -> Iterator[Sequence[Any]]:
    columns = ["uai", "name", "kind", "ministry", "sector", "state", "pilots_on", "opens_on", "department", "address"]
    columns += ["postal_code", "city", "insee_code", "latitude", "longitude", "phone", "email", "website"]
    columns += ["academy", "local_authority", "hub"]
    yield [str(Establishment._meta.get_field(name).verbose_name).capitalize() for name in columns]  # type: ignore[union-attr]
    for school in schools:
        yield [_shown(school, name) for name in columns]


def _shown(school: Establishment, name: str) -> Any:
    if name == "department":
        return name_of(school.department)
    display = getattr(school, f"get_{name}_display", None)
    return display() if display else getattr(school, name)


# --- Authorities and hubs -------------------------------------------------------------------------------------


def _schools_link(count: int, **filters: Any) -> str:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return format_html('<a href="{}?{}">{}</a>', reverse("admin:establishments_establishment_changelist"), query, count)


def _count_of(schools: str, request: HttpRequest) -> Count:
    """Of the administrator's own: how many another academy has is its own business."""
    own = Establishment.objects.order_by().administered_by(request.user)
    return Count(schools, distinct=True, filter=Q(**{f"{schools}__in": own}))


class CompetenceInline(admin.TabularInline):
    model = Competence
    extra = 0


@admin.register(Authority)
class AuthorityAdmin(WithinBordersMixin, admin.ModelAdmin):
    list_display = ["name", "kind", "code", "holiday_zone", "is_partner", "schools"]
    list_filter = ["kind", "is_partner", "holiday_zone"]
    list_per_page = ROWS
    search_fields = ["name", "code"]
    ordering = ["kind", "name"]  # said again: counted rows forget the model's
    inlines = [CompetenceInline, ProviderInline]
    actions = ["apply_the_law"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        count = _count_of("establishments", request) + _count_of("local_establishments", request)
        return super().get_queryset(request).annotate(school_count=count)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """By its code an academy's exports and people are recognised: who changed it would have another's."""
        return [] if obj is None or request.user.is_superuser else ["kind", "code"]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind" and not request.user.is_superuser:
            kinds = Authority.Kind.choices
            kwargs["choices"] = [("", "---------"), *(kind for kind in kinds if kind[0] != Authority.Kind.ACADEMY)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With it go the mandates of its agents, and what binds identity providers to its schools."""
        return bool(request.user.is_superuser) and super().has_delete_permission(request, obj)

    @admin.display(description=gettext_lazy("établissements"), ordering="school_count")
    def schools(self, authority: Authority) -> str:
        path = "academy" if authority.kind == Authority.Kind.ACADEMY else "local_authority"
        return _schools_link(authority.school_count, **{f"{path}__id__exact": authority.pk})  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Écrire leurs compétences selon la loi"), permissions=["change"])
    def apply_the_law(self, request: HttpRequest, authorities: QuerySet[Authority]) -> None:
        count = write_the_law(self.changeable_among(request, authorities))
        said = ngettext("%(count)d compétence écrite.", "%(count)d compétences écrites.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)


@admin.register(Competence)
class CompetenceAdmin(WithinBordersMixin, admin.ModelAdmin):
    list_display = ["kind", "department_name", "authority", "source"]
    list_filter = ["kind", "authority__kind", DepartmentFilter]
    list_select_related = ["authority"]
    autocomplete_fields = ["authority"]
    search_fields = ["authority__name", "department"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "authority":
            kwargs["queryset"] = Authority.objects.changeable_by(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("département"), ordering="department")
    def department_name(self, row: Competence) -> str:
        return name_of(row.department) or _("partout")


class SchoolsOfHubInline(admin.TabularInline):
    """Only to be read: schools are entrusted to a hub from their own list, many at a time."""

    model = Establishment
    fields = readonly_fields = ["uai", "name", "city", "kind", "state"]
    ordering = ["city", "name"]
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = gettext_lazy("établissements du pôle")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).administered_by(request.user)


@admin.register(SupportHub)
class SupportHubAdmin(WithinBordersMixin, admin.ModelAdmin):
    list_display = ["name", "schools"]
    list_per_page = ROWS
    search_fields = ["name"]
    ordering = ["name"]
    inlines = [SchoolsOfHubInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(school_count=_count_of("establishments", request))

    @admin.display(description=gettext_lazy("établissements"), ordering="school_count")
    def schools(self, hub: SupportHub) -> str:
        return _schools_link(hub.school_count, hub__id__exact=hub.pk)  # type: ignore[attr-defined]


# --- The calendar ---------------------------------------------------------------------------------------------


class HolidayInline(admin.TabularInline):
    model = Holiday
    extra = 0


@admin.register(SchoolYear)
class SchoolYearAdmin(admin.ModelAdmin):
    list_display = ["name", "starts_on", "ends_on"]
    inlines = [HolidayInline]
    actions = ["write_calendar"]

    @admin.action(
        description=gettext_lazy("Compléter avec le calendrier national (2025 à 2027)"), permissions=["change"]
    )
    def write_calendar(self, request: HttpRequest, years: QuerySet[SchoolYear]) -> None:
        count = write_the_calendar()
        said = ngettext("%(count)d période ajoutée.", "%(count)d périodes ajoutées.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):
    list_display = ["name", "zone", "starts_on", "ends_on", "school_year", "source"]
    list_filter = ["school_year", "zone"]
    list_select_related = ["school_year"]
    date_hierarchy = "starts_on"
