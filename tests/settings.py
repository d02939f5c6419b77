"""The portal's settings, as tests need them: the same services and roles, over plain HTTP."""

import os
import tempfile

os.environ["ENT_INSECURE_COOKIES"] = "1"

from ent.settings import *  # noqa: F403
from ent.settings import INSTALLED_APPS, MIDDLEWARE, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
# A query per row of a page fails the test.
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
ZEAL_RAISE = True

SECRET_KEY = "a-key-for-tests-only-and-long-enough-to-sign"
SCRATCH = tempfile.mkdtemp(prefix="ent-tests-")  # removed by conftest
MEDIA_ROOT, STATIC_ROOT = os.path.join(SCRATCH, "media"), os.path.join(SCRATCH, "static")
os.mkdir(STATIC_ROOT)
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
CELERY_TASK_ALWAYS_EAGER = False
