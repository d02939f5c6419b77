import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ent.demonstration import PASSWORD, refuse_elsewhere
from ent.features import feature_modules


class Command(BaseCommand):
    help = "Affiche les comptes de la démonstration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="une liste d’objets JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_elsewhere()
        accounts = [
            {"username": username, "password": PASSWORD, "role": role, "establishments": places, "name": name}
            for module in feature_modules("demo")
            if hasattr(module, "accounts")
            for username, role, places, name in module.accounts()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(accounts, ensure_ascii=False, indent=1))
            return
        width = max((len(account["username"]) for account in accounts), default=0)
        for account in accounts:
            places = ", ".join(account["establishments"])
            self.stdout.write(f"  {account['username']:<{width}}  {account['role']:<16} {account['name']} – {places}")
        self.stdout.write(f"\n  Le mot de passe de tous ces comptes : {PASSWORD}")
