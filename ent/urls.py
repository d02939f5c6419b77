from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from ent.portal import registry, views
from ent.portal.api import RootView
from ent.portal.gallery import gallery

router = SimpleRouter(use_regex_path=False)
for prefix, viewset, basename in registry.viewsets():
    router.register(prefix, viewset, basename=basename)

api = [
    path("", RootView.as_view(), name="api-root"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    *registry.api_paths(),
    path("", include(router.urls)),
]

handler404 = "ent.portal.views.not_found"

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("pedagogy.urls")),  # first: what is asked most is found soonest
    path("compte/", views.my_account, name="my_account"),
    path("theme/", views.choose_theme, name="theme"),
    path("composants/", gallery, name="gallery"),
    path("sante/", views.health, name="health"),
    # Its own page would know neither our throttle nor the tokens and sessions that end with a password.
    path("admin/password_change/", RedirectView.as_view(pattern_name="change-password")),
    path("admin/", admin.site.urls),
    path("api/", views.api, name="api"),
    path("api/v1/", include(api)),
    path("", include("accounts.urls")),
    path("", include("establishments.urls")),
    path("<slug:slug>/", views.home, name="space-home"),
]
