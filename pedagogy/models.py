from pedagogy.courses.models import Course, CourseGroup, CourseTeacher
from pedagogy.homework.models import Homework, HomeworkFile, Progress, ProgressFile
from pedagogy.timetable.models import Lesson, LetteredWeek, Room, Slot

__all__ = [
    "Course",
    "CourseGroup",
    "CourseTeacher",
    "Homework",
    "HomeworkFile",
    "Lesson",
    "LetteredWeek",
    "Progress",
    "ProgressFile",
    "Room",
    "Slot",
]
