from django.apps import AppConfig


class CitizenServicesConfig(AppConfig):
    name = "citizen_services"
    verbose_name = "Services aux familles"
