from django.urls import path

from pedagogy.homework import views

urlpatterns = [
    path("eleve/devoirs/", views.student_list, name="student-list"),
    path("eleve/devoirs/<int:pk>/", views.student_homework, name="student-homework"),
    path("eleve/devoirs/<int:pk>/fait/", views.student_tick, name="student-tick"),
    path("eleve/copies/<uuid:key>/retirer/", views.student_take_back, name="student-take-back"),
    path("famille/enfants/<int:student>/devoirs/", views.child_list, name="child-list"),
    path("famille/enfants/<int:student>/devoirs/<int:pk>/", views.child_homework, name="child-homework"),
    path("classe/donner/", views.give, name="class-give"),
    path("classe/annees/", views.class_years, name="class-years"),
    path("classe/groupes/<int:pk>/", views.class_group, name="class-group"),
    path("classe/devoirs/<int:pk>/", views.class_homework, name="class-homework"),
    path("classe/devoirs/<int:pk>/modifier/", views.revise, name="class-revise"),
    path("classe/devoirs/<int:pk>/retirer/", views.withdraw, name="class-withdraw"),
    path("classe/copies/<int:pk>/", views.class_progress, name="class-progress"),
    path("etablissement/devoirs/", views.school_list, name="school-list"),
    path("fichiers/devoirs/<uuid:key>/", views.homework_file, name="homework-file"),
    path("fichiers/copies/<uuid:key>/", views.progress_file, name="progress-file"),
]
