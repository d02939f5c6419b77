"""The apps whose tables hold the user, without what they start: the floor stands on nothing of the portal's."""

from django.apps import AppConfig


class BareAccounts(AppConfig):
    name = "accounts"


class BareEstablishments(AppConfig):
    name = "establishments"
