from django.urls import path

from establishments.tables import views

PAGES = (
    ("", views.bring, "table"),
    ("modele/", views.download_template, "table-template"),
    ("<int:pk>/", views.table_run, "table-run"),
    ("<int:pk>/appliquer/", views.apply, "table-apply"),
    ("<int:pk>/abandonner/", views.give_up, "table-give-up"),
)

# The same pages for the school and for the rectorate, each in its own space.
urlpatterns = [
    path(f"{space}/tableau/{end}", view, {"space": space}, name=f"{space}-{name}")
    for space in ("etablissement", "territoire")
    for end, view, name in PAGES
]
