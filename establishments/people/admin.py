from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Exists, ForeignKey, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.federation.admin import IdentityProviderAdmin
from accounts.identity.admin import PersonAdmin
from accounts.models import IdentityProvider, User
from establishments.people import providers
from establishments.people.models import Group, Guardianship, Mandate, Membership, Subject
from establishments.people.reach import reach_of, schools_of
from establishments.territory.admin import DepartmentOfSchoolFilter, WithinBordersMixin
from establishments.territory.models import Authority, Establishment, SupportHub

# The scope of the administrator's mandate is open around every page of the admin: these lists hold its rows only.


def people_of(administrator: User) -> QuerySet[User]:
    """The accounts of their schools, those of the agents above these, and their own."""
    schools = reach_of(administrator).establishments
    mandates = Mandate.objects.filter(
        Q(authority__in=Authority.objects.over_only(schools)) | Q(hub__in=SupportHub.objects.over_only(schools))
    )
    here = Membership.objects.filter(user=OuterRef("pk"), establishment__in=schools)
    return User.objects.filter(Exists(here) | Q(pk__in=mandates.values("user")) | Q(pk=administrator.pk))


class TenantAdmin(admin.ModelAdmin):
    """Base of the admin of tenant rows."""

    list_per_page = 50
    list_filter = [DepartmentOfSchoolFilter, "establishment__kind", "establishment__ministry"]
    list_select_related = ["establishment"]
    show_full_result_count = False
    autocomplete_fields = ["establishment"]

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "establishment":
            kwargs["queryset"] = Establishment.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class TakingInForm(forms.ModelForm):
    """An account of another academy's schools is nobody's here to take in: a desk could then open it, and whoever
    has a mandate here is among those whom one reads and changes."""

    by: User

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if self.by.is_superuser or user.pk == self.instance.user_id:
            return user
        if people_of(self.by).filter(pk=user.pk).exists():
            return user
        is_of_administration = user.is_staff or user.is_superuser or user.mandates.exists()
        if schools_of(user) or is_of_administration:
            self.data = {name: value for name, value in self.data.items() if name != self.add_prefix("user")}
            raise ValidationError(_("Cette personne n’est d’aucun de vos établissements, mais elle est d’un autre."))
        return user


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    form = TakingInForm
    list_display = ["user", "role", "establishment", "starts_on", "ends_on"]
    list_filter = ["role", *TenantAdmin.list_filter]
    list_select_related = ["user", "establishment"]
    autocomplete_fields = ["user", "establishment"]
    search_fields = ["user__last_name", "user__first_name", "user__username"]
    ordering = ["user__sort_name", "pk"]

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)  # a class of this request alone
        form.by = request.user
        return form


@admin.register(Group)
class GroupAdmin(TenantAdmin):
    list_display = ["name", "kind", "establishment", "school_year"]
    list_filter = ["kind", "school_year", *TenantAdmin.list_filter]
    list_select_related = ["establishment", "school_year"]
    search_fields = ["name", "establishment__name", "establishment__uai"]


@admin.register(Guardianship)
class GuardianshipAdmin(TenantAdmin):
    list_display = ["guardian", "student", "link", "is_legal", "establishment"]
    list_select_related = ["guardian__user", "student__user", "establishment"]
    autocomplete_fields = ["establishment", "guardian", "student"]
    search_fields = ["guardian__user__last_name", "student__user__last_name"]


admin.site.unregister(User)


@admin.register(User)
class RegionPersonAdmin(PersonAdmin):
    """Accounts are global: whoever is no superuser sees those of their schools, and the agents above these."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        people = super().get_queryset(request)
        if request.user.is_superuser:
            return people
        return people.filter(pk__in=people_of(request.user).values("pk"))


admin.site.unregister(IdentityProvider)


@admin.register(IdentityProvider)
class RegionProviderAdmin(WithinBordersMixin, IdentityProviderAdmin):
    """Whoever says what a provider's word is worth says who comes in as whom.

    A new one vouches for people of every school until it is bound to some: superusers begin.
    """

    def administered_by(self, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = providers.administered_by(user)
        return found

    def changeable_by(self, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = providers.changeable_by(user)
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    @admin.action(description=IdentityProviderAdmin.read_metadata.short_description, permissions=["change"])
    def read_metadata(self, request: HttpRequest, providers: QuerySet[IdentityProvider]) -> None:
        super().read_metadata(request, self.changeable_among(request, providers))


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin):
    list_display = ["name", "code"]
    search_fields = ["name", "code"]
    list_per_page = 50


@admin.register(Mandate)
class MandateAdmin(admin.ModelAdmin):
    """A mandate reaches no further than what the administrator who gives it may touch."""

    form = TakingInForm
    list_display = ["user", "authority", "hub"]
    list_select_related = ["user", "authority", "hub"]
    autocomplete_fields = ["user", "authority", "hub"]
    search_fields = ["user__last_name", "user__username"]

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)  # a class of this request alone
        form.by = request.user
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mandates = super().get_queryset(request)
        if request.user.is_superuser:  # who gives the first ones
            return mandates
        schools = reach_of(request.user).establishments
        authorities, hubs = Authority.objects.over_only(schools), SupportHub.objects.over_only(schools)
        return mandates.filter(Q(authority__in=authorities) | Q(hub__in=hubs))

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in {"authority", "hub"} and not request.user.is_superuser:
            schools = reach_of(request.user).establishments
            kwargs["queryset"] = db_field.related_model.objects.over_only(schools)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
