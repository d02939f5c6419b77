from django.urls import path

from pedagogy.courses import views

urlpatterns = [
    path("eleve/cours/", views.student_courses, name="student-courses"),
    path("eleve/cours/<int:pk>/", views.student_course, name="student-course"),
    path("eleve/ressources/<int:pk>/", views.student_resource, name="student-resource"),
    path("famille/enfants/<int:student>/cours/", views.child_courses, name="child-courses"),
    path("famille/enfants/<int:student>/cours/<int:pk>/", views.child_course, name="child-course"),
    path("famille/enfants/<int:student>/ressources/<int:pk>/", views.child_resource, name="child-resource"),
    path("classe/cours/", views.class_courses, name="class-courses"),
    path("classe/cours/<int:pk>/", views.class_course, name="class-course"),
    path("classe/cours/<int:pk>/modifier/", views.edit_course, name="class-course-edit"),
    path("classe/cours/<int:pk>/ajouter/", views.add, name="class-course-add"),
    path("classe/cours/<int:pk>/copier/", views.copy, name="class-course-copy"),
    path("classe/dossiers/<int:pk>/modifier/", views.edit_folder, name="class-folder-edit"),
    path("classe/dossiers/<int:pk>/ranger/", views.move_folder, name="class-folder-move"),
    path("classe/dossiers/<int:pk>/supprimer/", views.delete_folder, name="class-folder-delete"),
    path("classe/ressources/<int:pk>/", views.class_resource, name="class-resource"),
    path("classe/ressources/<int:pk>/modifier/", views.edit_resource, name="class-resource-edit"),
    path("classe/ressources/<int:pk>/ranger/", views.move_resource, name="class-resource-move"),
    path("classe/ressources/<int:pk>/supprimer/", views.delete_resource, name="class-resource-delete"),
    path("etablissement/cours/", views.school_courses, name="school-courses"),
    path("etablissement/cours/<int:pk>/", views.school_course, name="school-course"),
    path("etablissement/ressources/<int:pk>/", views.school_resource, name="school-resource"),
    path("fichiers/ressources/<uuid:key>/", views.resource_file, name="resource-file"),
]
