"""The ground floor: settings, tenancy, the portal's registry, embedded services."""

from ent.celery import app as celery_app

__all__ = ["celery_app"]
