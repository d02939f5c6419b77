"""The features: one package each inside the apps, whose modules always bear the same names."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

from django.apps import apps

APPS = ("ent", "accounts", "establishments", "pedagogy", "citizen_services")
NOT_FEATURES = frozenset({"migrations", "management"})


def features() -> list[str]:
    """Dotted names of all feature packages, lower floors first."""
    return [
        f"{app}.{module.name}"
        for app in APPS
        for module in iter_modules(apps.get_app_config(app).module.__path__)  # type: ignore[union-attr]
        if module.ispkg and module.name not in NOT_FEATURES
    ]


def feature_modules(name: str) -> Iterator[ModuleType]:
    """Import and give the module of that name from each feature that has one, lower floors first."""
    for feature in features():
        if find_spec(f"{feature}.{name}") is not None:
            yield import_module(f"{feature}.{name}")
