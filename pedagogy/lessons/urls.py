from django.urls import path

from pedagogy.lessons import views

urlpatterns = [
    path("eleve/cahier/", views.student_log, name="student-log"),
    path("famille/enfants/<int:student>/cahier/", views.child_log, name="child-log"),
    path("classe/cahier/", views.teacher_log, name="teacher-log"),
    path("classe/cahier/seances/<int:pk>/", views.log_lesson, name="log-lesson"),
    path("classe/cahier/seances/<int:pk>/notes/", views.log_note, name="log-note"),
    path("classe/cahier/creneaux/<int:pk>/<str:day>/", views.log_slot, name="log-slot"),
    path("classe/cahier/contenus/<int:pk>/corriger/", views.log_correct, name="log-correct"),
    path("classe/cahier/contenus/<int:pk>/supprimer/", views.log_discard, name="log-discard"),
    path("classe/cahier/contenus/<int:pk>/reprendre/", views.log_copy, name="log-copy"),
    path("classe/cours/<int:pk>/progression/", views.log_sequence, name="log-sequence"),
    path("classe/groupes/<int:pk>/cahier/", views.class_log, name="class-log"),
    path("etablissement/cahier/", views.school_logs, name="school-logs"),
    path("etablissement/classes/<int:pk>/cahier/", views.school_class_log, name="school-class-log"),
    path("fichiers/cahier/<uuid:key>/", views.lesson_file, name="lesson-file"),
]
