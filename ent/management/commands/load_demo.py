from typing import Any

from django.core.management.base import BaseCommand

from ent.demonstration import refuse_elsewhere
from ent.features import feature_modules


class Command(BaseCommand):
    help = "Charge la démonstration. Recommencer ne perd rien, et complète ce qui manque."

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_elsewhere()
        for module in feature_modules("demo"):
            module.load()
