from django.apps import AppConfig

from ent.features import feature_modules


class EntConfig(AppConfig):
    name = "ent"
    verbose_name = "Portail"

    def ready(self) -> None:
        import ent.celery  # noqa: F401 — tasks are sent by this app, from whatever process
        from ent.tenancy import checks  # noqa: F401 — registers the checks

        for declared in ("permissions", "notifications", "portal", "admin"):
            list(feature_modules(declared))
