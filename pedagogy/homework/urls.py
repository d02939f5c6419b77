from django.urls import path

from pedagogy.homework import views

urlpatterns = [
    path("eleve/devoirs/", views.student_list, name="student-list"),
    path("eleve/devoirs/<int:pk>/", views.student_homework, name="student-homework"),
    path("eleve/devoirs/<int:pk>/brouillon/", views.student_draft, name="student-draft"),
    path("eleve/devoirs/<int:pk>/fait/", views.student_tick, name="student-tick"),
    path("eleve/copies/<uuid:key>/retirer/", views.student_take_back, name="student-take-back"),
    path("famille/enfants/<int:student>/devoirs/", views.child_list, name="child-list"),
    path("famille/enfants/<int:student>/devoirs/<int:pk>/", views.child_homework, name="child-homework"),
    path("classe/donner/", views.give, name="class-give"),
    path("classe/donner/jours/", views.give_days, name="class-give-days"),
    path("classe/donner/charge/", views.give_load, name="class-give-load"),
    path("classe/donner/brouillon/", views.give_draft, name="class-give-draft"),
    path("classe/annees/", views.class_years, name="class-years"),
    path("classe/groupes/<int:pk>/", views.class_group, name="class-group"),
    path("classe/devoirs/<int:pk>/", views.class_homework, name="class-homework"),
    path("classe/devoirs/<int:pk>/modifier/", views.revise, name="class-revise"),
    path("classe/devoirs/<int:pk>/pour-qui/", views.address, name="class-address"),
    path("classe/devoirs/<int:pk>/retirer/", views.withdraw, name="class-withdraw"),
    path("classe/devoirs/<int:pk>/corriger/", views.correct, name="class-correct"),
    path("classe/devoirs/<int:pk>/remettre/", views.hand_back, name="class-hand-back"),
    path("classe/devoirs/<int:pk>/rappeler/", views.remind, name="class-remind"),
    path("classe/copies/<int:pk>/", views.class_progress, name="class-progress"),
    path("classe/copies/<int:pk>/brouillon/", views.class_progress_draft, name="class-progress-draft"),
    path("etablissement/devoirs/", views.school_list, name="school-list"),
    path("etablissement/devoirs/seuil/<int:pk>/", views.school_load, name="school-load"),
    path("fichiers/devoirs/<uuid:key>/", views.homework_file, name="homework-file"),
    path("fichiers/corrections/<uuid:key>/", views.correction_file, name="correction-file"),
    path("fichiers/copies/<uuid:key>/", views.progress_file, name="progress-file"),
]
