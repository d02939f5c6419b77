"""The tests' settings, for a worker in a process of its own: see tests/worker.py."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import CACHES, DATABASES

DATABASES["default"]["NAME"] = os.environ["TESTS_DATABASE"]
CACHES["default"]["KEY_PREFIX"] = os.environ["TESTS_CACHE_PREFIX"]
CELERY_TASK_DEFAULT_QUEUE = os.environ["TESTS_QUEUE"]
MEDIA_ROOT = os.environ["TESTS_MEDIA"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["TESTS_MAIL"]
