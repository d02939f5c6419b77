"""The portal's settings, as tests need them: the same services and roles, over plain HTTP."""

import atexit
import os
import shutil
import sys
import tempfile

os.environ["ENT_INSECURE_COOKIES"] = "1"

from ent.settings import *  # noqa: F403
from ent.settings import INSTALLED_APPS, MIDDLEWARE, ROOT, STORAGES, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
# A query per row of a page fails the test.
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
ZEAL_RAISE = True


class UnknownVariable(str):
    """Fails the test whose page shows a variable that nobody gave. Templates of Django's own may."""

    def __contains__(self, part: str) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> str:
        template = sys._getframe(1).f_locals["context"].render_context.template
        if str(template.origin.name).startswith(str(ROOT / "templates")):
            raise NameError(f"{template.origin.template_name}: {variable}")
        return ""


TEMPLATES = [{**TEMPLATES[0], "OPTIONS": {**TEMPLATES[0]["OPTIONS"], "string_if_invalid": UnknownVariable("%s")}}]

SECRET_KEY = "a-key-for-tests-only-and-long-enough-to-sign"
# In the throw-away home that `make test` runs in: its keeper erases it, even of tests that were killed.
HOME = os.environ.get("ENT_HOME", "")
SCRATCH = tempfile.mkdtemp(prefix="tests-", dir=HOME if os.path.isdir(HOME) else None)
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
MEDIA_ROOT, STATIC_ROOT = os.path.join(SCRATCH, "media"), os.path.join(SCRATCH, "static")
os.mkdir(STATIC_ROOT)
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
CELERY_TASK_ALWAYS_EAGER = False
# The cast has no second factor: tests/accounts/second_factor turns this on.
ENT_REQUIRE_SECOND_FACTOR = False
