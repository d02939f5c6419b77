from django.apps import AppConfig


class EstablishmentsConfig(AppConfig):
    name = "establishments"
    verbose_name = "Établissements"

    def ready(self) -> None:
        from establishments.support import notifications  # noqa: F401 — listens to sign-ins
