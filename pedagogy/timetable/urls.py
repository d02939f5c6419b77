from django.urls import path

from pedagogy.timetable import views

urlpatterns = [
    path("eleve/agenda/", views.student_agenda, name="student-agenda"),
    path("famille/enfants/<int:student>/agenda/", views.child_agenda, name="child-agenda"),
    path("classe/agenda/", views.teacher_agenda, name="teacher-agenda"),
    path("classe/groupes/<int:pk>/agenda/", views.class_agenda, name="class-agenda"),
    path("etablissement/agenda/", views.school_timetable, name="school-timetable"),
    path("etablissement/agenda/classes/<int:pk>/", views.school_class_agenda, name="school-class-agenda"),
    path("etablissement/agenda/enseignants/<int:pk>/", views.school_teacher_agenda, name="school-teacher-agenda"),
    path("etablissement/agenda/salles/<int:pk>/", views.school_room_agenda, name="school-room-agenda"),
]
