"""The portal's settings, as tests need them: the same services and roles, over plain HTTP."""

import os
import tempfile

os.environ["ENT_INSECURE_COOKIES"] = "1"

from ent.settings import *  # noqa: E402, F403
from ent.settings import INSTALLED_APPS, STORAGES  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
ZEAL_RAISE = True

SECRET_KEY = "a-key-for-tests-only-and-long-enough-to-sign"
MEDIA_ROOT = tempfile.mkdtemp(prefix="ent-tests-media-")
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
CELERY_TASK_ALWAYS_EAGER = False
