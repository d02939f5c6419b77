from pedagogy.homework.models import Homework, HomeworkFile, Progress, ProgressFile

__all__ = ["Homework", "HomeworkFile", "Progress", "ProgressFile"]
