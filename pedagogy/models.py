from pedagogy.courses.models import Course, CourseGroup, CourseTeacher, Folder, Resource, ResourceFile
from pedagogy.homework.models import CorrectionFile, DailyLoad, Draft, Homework, HomeworkFile, Progress, ProgressFile
from pedagogy.lessons.models import Correction, LessonEntry, LessonFile, PrivateNote
from pedagogy.timetable.models import AgendaFeed, Lesson, LetteredWeek, Room, Slot, TimetableImport

__all__ = [
    "AgendaFeed",
    "Correction",
    "CorrectionFile",
    "Course",
    "CourseGroup",
    "CourseTeacher",
    "DailyLoad",
    "Draft",
    "Folder",
    "Homework",
    "HomeworkFile",
    "Lesson",
    "LessonEntry",
    "LessonFile",
    "LetteredWeek",
    "PrivateNote",
    "Progress",
    "ProgressFile",
    "Resource",
    "ResourceFile",
    "Room",
    "Slot",
    "TimetableImport",
]
