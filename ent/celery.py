"""Celery: notifications, statistics, and what must not hold up a page."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ent.settings")


def _features() -> list[str]:
    from ent.features import features  # the apps are ready only when a worker or a page asks

    return features()


app = Celery("ent")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(_features)
