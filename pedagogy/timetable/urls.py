from django.urls import path

from pedagogy.timetable import arranging, views

urlpatterns = [
    path("compte/agenda/", views.my_feed, name="my-feed"),
    path("agenda/<str:token>.ics", views.agenda_feed, name="agenda-feed"),
    path("eleve/agenda/", views.student_agenda, name="student-agenda"),
    path("famille/enfants/<int:student>/agenda/", views.child_agenda, name="child-agenda"),
    path("classe/agenda/", views.teacher_agenda, name="teacher-agenda"),
    path("classe/groupes/<int:pk>/agenda/", views.class_agenda, name="class-agenda"),
    path("etablissement/agenda/", views.school_timetable, name="school-timetable"),
    path("etablissement/agenda/classes/<int:pk>/", views.school_class_agenda, name="school-class-agenda"),
    path("etablissement/agenda/enseignants/<int:pk>/", views.school_teacher_agenda, name="school-teacher-agenda"),
    path("etablissement/agenda/salles/<int:pk>/", views.school_room_agenda, name="school-room-agenda"),
    path("etablissement/agenda/classes/<int:pk>/ajouter/", arranging.add_slot, name="timetable-add-slot"),
    path("etablissement/agenda/classes/<int:pk>/une-fois/", arranging.add_lesson, name="timetable-add-lesson"),
    path("etablissement/agenda/enseignants/<int:pk>/absence/", arranging.absence, name="timetable-absence"),
    path("etablissement/agenda/creneaux/<int:pk>/", arranging.edit_slot, name="timetable-slot"),
    path("etablissement/agenda/creneaux/<int:pk>/terminer/", arranging.end_slot, name="timetable-end-slot"),
    path("etablissement/agenda/creneaux/<int:pk>/seance/", arranging.slot_lesson, name="timetable-slot-lesson"),
    path("etablissement/agenda/seances/<int:pk>/", arranging.added_lesson, name="timetable-lesson"),
    path("etablissement/agenda/semaines/", arranging.weeks, name="timetable-weeks"),
    path("etablissement/agenda/salles/ajouter/", arranging.add_room, name="timetable-add-room"),
    path("etablissement/agenda/conflits/", arranging.conflict_list, name="timetable-conflicts"),
    path("etablissement/agenda/import/", arranging.import_file, name="timetable-import"),
    path("etablissement/agenda/import/modele/", arranging.import_template, name="timetable-import-template"),
    path("etablissement/agenda/import/<int:pk>/", arranging.import_report, name="timetable-import-report"),
    path("etablissement/agenda/import/<int:pk>/appliquer/", arranging.apply_import, name="timetable-apply-import"),
]
