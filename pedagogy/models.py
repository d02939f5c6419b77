from pedagogy.courses.models import Course, CourseGroup, CourseTeacher, Folder, Resource, ResourceFile
from pedagogy.homework.models import Homework, HomeworkFile, Progress, ProgressFile
from pedagogy.timetable.models import Lesson, LetteredWeek, Room, Slot

__all__ = [
    "Course",
    "CourseGroup",
    "CourseTeacher",
    "Folder",
    "Homework",
    "HomeworkFile",
    "Lesson",
    "LetteredWeek",
    "Progress",
    "ProgressFile",
    "Resource",
    "ResourceFile",
    "Room",
    "Slot",
]
