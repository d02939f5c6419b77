from django.urls import path

from accounts.credentials.api import TokenView
from ent.portal import registry

registry.api_path(path("token/", TokenView.as_view(), name="token"))
