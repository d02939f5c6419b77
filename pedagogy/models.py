from pedagogy.courses.models import Course, CourseGroup, CourseTeacher, Folder, Resource, ResourceFile
from pedagogy.homework.models import Homework, HomeworkFile, Progress, ProgressFile
from pedagogy.lessons.models import Correction, LessonEntry, LessonFile, PrivateNote
from pedagogy.timetable.models import Lesson, LetteredWeek, Room, Slot

__all__ = [
    "Correction",
    "Course",
    "CourseGroup",
    "CourseTeacher",
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
]
