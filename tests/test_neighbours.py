"""The neighbour's walk: whatever the Collège du Pastel has, nobody of the Lycée de la Brique can tell that it is there.

Every URL pattern is walked. One that takes an argument and is not in `tests/routes.py` fails here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from knox.models import AuthToken

from accounts.models import User
from ent.portal import registry
from ent.tenancy.models import TenantModel
from ent.tenancy.scope import tenant_scope
from establishments.models import Authority, Establishment, Mandate, Membership
from tests.browser import Browser
from tests.cast import ROLES, Cast, School, make_person
from tests.routes import OF_NO_SCHOOL, Route, all_routes

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
NEIGHBOURS = [*ROLES, "outsider"]
SignIn = Callable[[User], Browser]

# What answers somebody who has not signed in, with the reason. All else leads to the sign-in page, or is 401.
PUBLIC = {
    "connexion/": "the sign-in page",
    "deconnexion/": "leads there",
    "connexion/<slug:slug>/": "to an identity provider",
    "connexion/<slug:slug>/acs/": "where the provider's answer is posted",
    "connexion/<slug:slug>/retour/": "follows it",
    "connexion/<slug:slug>/choisir/": "follows that, when one has several accounts",
    "connexion/<slug:slug>/inconnu/": "follows that, when the directory does not know one",
    "connexion/<slug:slug>/quitter/": "follows signing out",
    "connexion/<slug:slug>/sls/": "where the provider says that one has signed out",
    "connexion/<slug:slug>/metadata/": "read by the provider",
    "connexion/second-facteur/": "follows the password; leads to the sign-in page without it",
    "admin/login/": "leads there",
    "activer/": "in by a slip: the code",
    "activer/identite/": "follows it, or leads back",
    "activer/mot-de-passe/": "follows that, or leads back",
    "mot-de-passe-oublie/": "asks for a link",
    "mot-de-passe-oublie/lien/": "where the link leads",
    "mot-de-passe-oublie/nouveau/": "follows it, or leads back",
    "compte/coordonnees/confirmer/": "where the link to confirm an address leads",
    "theme/": "light or dark, on the sign-in page too",
    "agenda/<str:token>.ics": "read by a calendar, which knows the secret of the address",
    "sante/": "for the machine that watches",
    "api/": "says where the API begins",
    "api/v1/token/": "signs in a script",
}


def neighbour(cast: Cast, who: str) -> User:
    return cast.outsider if who == "outsider" else cast.brique.person(who)


def routes_to_objects() -> list[Route]:
    return [route for route in all_routes() if route.is_of_a_school and not route.is_admin]


def statuses_allowed(route: Route, who: str) -> set[int]:
    """404; and whoever has no business in a space gets its 403 before any object is looked for."""
    space = registry.space_named(route.pattern.split("/")[0])
    return {403} if space and who not in space.roles else {404, 405}


def never_was(route: Route) -> str:
    """The same URL with ids that no school has."""
    return route.url(**dict.fromkeys(route.arguments, uuid.uuid4() if "key" in route.arguments else 10**9))


def ids_in(school: School, route: Route) -> set[int]:
    """Those of that school among the rows that the API's view is about."""
    model = route.view.cls.queryset.model
    if not issubclass(model, TenantModel):
        return {route.objects_in(school)["pk"]}
    with tenant_scope([school.establishment]):
        return set(model.objects.values_list("pk", flat=True))


def strings_of(school: School) -> set[str]:
    """What would betray that school on a page."""
    people = [school.person(key) for key in school.memberships]
    return {
        school.establishment.name,
        school.establishment.uai,
        school.homework.title,
        school.folder.name,
        school.resource.title,
        school.progress.text,
        school.entry.title,
        f"Note pour moi à {school.entry.title.removeprefix('Thalès à ')}",
        *(person.username for person in people),
        *(person.get_full_name() for person in people),
        *(f"{person.last_name} {person.first_name}" for person in people),
    }


# --- The table ------------------------------------------------------------------------------------------------


def test_route_with_an_argument_is_in_the_table(cast: Cast) -> None:
    for route in all_routes():
        if route.is_of_a_school:
            assert route.objects_in(cast.pastel)


def test_table_names_no_route_that_is_gone() -> None:
    patterns = [route.pattern for route in all_routes()]

    assert [gone for gone in OF_NO_SCHOOL if not any(p.startswith(gone) for p in patterns)] == []
    assert [gone for gone in PUBLIC if gone not in patterns] == []


# --- Objects --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", NEIGHBOURS)
def test_object_of_the_other_school_asked_by_any_method_is_not_found(cast: Cast, client_of: SignIn, who: str) -> None:
    browser = client_of(neighbour(cast, who))

    assert_not_found(cast.pastel, who, routes_to_objects(), browser)


@pytest.mark.parametrize("who", ["student", "teacher", "head", "outsider"])
def test_object_of_the_other_school_asked_with_a_token_is_not_found(cast: Cast, client: Browser, who: str) -> None:
    _instance, token = AuthToken.objects.create(neighbour(cast, who))
    api = [route for route in routes_to_objects() if route.is_api]

    assert_not_found(cast.pastel, who, api, client, headers={"Authorization": f"Token {token}"})


def assert_not_found(school: School, who: str, routes: list[Route], browser: Browser, **extra: Any) -> None:
    wrong = []
    for route in routes:
        url, allowed = route.url_in(school), statuses_allowed(route, who)
        methods = METHODS if 404 in allowed else ["GET", "POST"]  # a space that is closed is so for all
        answers = {method: browser.generic(method, url, **extra).status_code for method in methods}
        # Each method is refused, and at least one of them because there is no such object.
        if not set(answers.values()) <= allowed or min(allowed) not in answers.values():
            wrong.append((url, answers))
    assert wrong == []


@pytest.mark.parametrize("who", ["student", "guardian", "teacher", "head"])
def test_object_of_the_other_school_cannot_be_told_from_one_that_never_was(
    cast: Cast, client_of: SignIn, who: str
) -> None:
    browser = client_of(neighbour(cast, who))

    for route in routes_to_objects():
        answer, reference = browser.get(route.url_in(cast.pastel)), browser.get(never_was(route))
        assert (answer.status_code, answer.content) == (reference.status_code, reference.content), route.pattern


@pytest.mark.parametrize("who", ["guardian", "teacher", "head"])
def test_api_walked_id_by_id_gives_ones_own_schools_rows_only(cast: Cast, client_of: SignIn, who: str) -> None:
    browser = client_of(cast.brique.person(who))

    for route in routes_to_objects():
        if not route.is_api or route.arguments != {"pk"}:
            continue
        own, other = route.objects_in(cast.brique)["pk"], route.objects_in(cast.pastel)["pk"]
        ids = range(max(1, min(own, other) - 5), max(own, other) + 5)
        found = {pk for pk in ids if browser.get(route.url(pk=pk)).status_code == 200}
        assert found <= ids_in(cast.brique, route), route.pattern


def test_homework_given_by_api_to_the_other_schools_class_is_refused_as_to_one_that_never_was(
    cast: Cast, client_of: SignIn
) -> None:
    browser = client_of(cast.brique.teacher)
    homework = {"subject": cast.brique.subject.code, "title": "Exercices", "due_on": "2100-01-01"}

    answers = [
        browser.post("/api/v1/homework/", {**homework, "group": group}, content_type="application/json")
        for group in (cast.pastel.group.pk, 10**9)
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["errors"].keys() == answers[1].json()["errors"].keys() == {"group"}


def test_childs_page_with_the_other_schools_homework_is_not_found(cast: Cast, client_of: SignIn) -> None:
    child, homework = cast.brique.memberships["student"].pk, cast.pastel.homework.pk

    answer = client_of(cast.brique.guardian).get(f"/famille/enfants/{child}/devoirs/{homework}/")

    assert answer.status_code == 404


# --- Lists and searches ---------------------------------------------------------------------------------------


def searching_for(school: School) -> str:
    """Every filter and search of the lists, all aiming at that school."""
    return (
        f"?group={school.group.pk}&homework={school.homework.pk}&student={school.memberships['student'].pk}"
        f"&establishment={school.establishment.pk}&groupe={school.group.pk}&q={school.establishment.city}"
    )


@pytest.mark.parametrize("who", NEIGHBOURS)
def test_lists_and_searches_hold_nothing_of_the_other_school(cast: Cast, client_of: SignIn, who: str) -> None:
    browser = client_of(neighbour(cast, who))
    betraying = strings_of(cast.pastel)

    for route in all_routes():
        if route.arguments or route.is_admin or route.pattern == "composants/":
            continue  # the gallery's words are invented
        for url in (route.url(), route.url() + searching_for(cast.pastel)):
            page = browser.get(url).content.decode()
            assert {string for string in betraying if string in page} == set(), url


def test_lists_and_searches_hold_what_is_of_ones_own_school(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.pastel.head)

    for url in ("/api/v1/homework/", "/api/v1/progress/", "/etablissement/devoirs/"):
        page = browser.get(url + searching_for(cast.pastel)).content.decode()
        assert any(string in page for string in strings_of(cast.pastel)), url


# --- The administration ---------------------------------------------------------------------------------------


# What an import did is history; courses are written by their teachers.
READ_ONLY = ("admin/establishments/importrun/", "admin/establishments/schoolrun/", "admin/pedagogy/course/")


@pytest.fixture
def far_admin(db: None) -> User:
    """Has every right in the administration, for the schools of another academy."""
    academy = Authority.objects.create(kind="academy", code="11", name="Académie de Montpellier")
    Establishment.objects.create(uai="0340001A", name="Lycée de la Garrigue", department="034", academy=academy)
    admin = make_person("Farid", "Rectorat", is_staff=True)
    admin.user_permissions.set(Permission.objects.all())
    Mandate.objects.create(user=admin, authority=academy)
    return admin


def test_administration_of_another_academy_lists_and_finds_nothing(
    cast: Cast, client_of: SignIn, far_admin: User
) -> None:
    browser = client_of(far_admin)
    tenants = {route.pattern.split("<")[0] for route in all_routes() if route.is_admin and route.is_of_a_school}
    betraying = strings_of(cast.pastel)

    for url in sorted(tenants):
        for query in ("", "?q=pastel", "?q=Castres", f"?establishment__id__exact={cast.pastel.establishment.pk}"):
            page = browser.get(f"/{url}{query}").content.decode()
            assert {string for string in betraying if string in page} == set(), url + query


# Of no school at all, see their admins.
NEVER_DELETED = {
    "admin/establishments/establishment/<path:object_id>/delete/",
    "admin/establishments/handmade/<path:object_id>/delete/",
}


def test_administration_of_another_academy_has_no_page_of_the_object(
    cast: Cast, client_of: SignIn, far_admin: User
) -> None:
    browser = client_of(far_admin)

    for route in all_routes():
        if not (route.is_admin and route.is_of_a_school) or route.pattern.endswith("<path:object_id>/"):
            continue  # the short form only leads to the page
        for method in ("GET", "POST"):
            answer = browser.generic(method, route.url_in(cast.pastel))
            if route.pattern in NEVER_DELETED:
                assert answer.status_code == 403
                continue
            if answer.status_code == 403 and route.pattern.startswith(READ_ONLY):
                never = browser.generic(method, route.url(object_id=10**9))  # nobody writes them: asked first
                assert (never.status_code, never.content) == (403, answer.content), route.pattern
                continue
            # Django's answer to an id that never was: back to the index, with a message.
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/admin/"), route.pattern


@pytest.mark.parametrize(("model", "field"), [("guardianship", "student"), ("membership", "establishment")])
def test_administration_of_another_academy_is_offered_none_to_choose(
    cast: Cast, client_of: SignIn, far_admin: User, model: str, field: str
) -> None:
    answer = client_of(far_admin).get(
        "/admin/autocomplete/",
        {"app_label": "establishments", "model_name": model, "field_name": field, "term": "pastel"},
    )

    assert answer.json()["results"] == []


def test_membership_in_a_school_of_another_academy_is_refused_in_the_form(
    cast: Cast, client_of: SignIn, far_admin: User
) -> None:
    membership = {"establishment": cast.pastel.establishment.pk, "user": far_admin.pk, "role": "head"}

    answer = client_of(far_admin).post("/admin/establishments/membership/add/", membership)

    assert "establishment" in answer.context["adminform"].form.errors
    with tenant_scope([cast.pastel.establishment]):
        assert not Membership.objects.filter(user=far_admin).exists()


@pytest.mark.parametrize("which", ["authority_agent", "hub_agent"])
def test_mandate_over_schools_of_another_academy_is_not_given(
    cast: Cast, client_of: SignIn, far_admin: User, which: str
) -> None:
    mandate = getattr(cast, which).mandates.get()

    answer = client_of(far_admin).post(
        "/admin/establishments/mandate/add/",
        {"user": far_admin.pk, "authority": mandate.authority_id or "", "hub": mandate.hub_id or ""},
    )

    assert answer.context["adminform"].form.errors
    assert far_admin.mandates.count() == 1


def test_superuser_without_a_mandate_sees_no_school(cast: Cast, client_of: SignIn) -> None:
    root = make_person("Rose", "Racine", is_staff=True, is_superuser=True)

    page = client_of(root).get("/admin/establishments/membership/").content.decode()

    assert cast.pastel.teacher.last_name not in page
    assert cast.brique.teacher.last_name not in page


# --- Nobody ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_route_asked_without_signing_in_leads_to_the_sign_in_page(cast: Cast, client: Browser, method: str) -> None:
    wrong = []
    for route in all_routes():
        if route.pattern in PUBLIC:
            continue
        arguments = dict.fromkeys(route.arguments, "1")
        url = route.url_in(cast.pastel) if route.is_of_a_school else route.url(**arguments)
        answer = client.generic(method, url)
        leads = answer.status_code == 302 and answer["Location"].startswith(("/connexion/", "/admin/login/"))
        if answer.status_code != 401 if route.is_api else not leads:
            wrong.append((url, answer.status_code))
    assert wrong == []
