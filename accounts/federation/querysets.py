from __future__ import annotations

from typing import Self

from django.db import models


class IdentityProviderQuerySet(models.QuerySet):
    def open(self) -> Self:
        """In service, with all that a sign-in needs: an address to send people to, and a key to check answers with."""
        return self.filter(is_active=True).exclude(entity_id="").exclude(sso_url="").exclude(certificates=[])

    def with_metadata(self) -> Self:
        """Those whose metadata are fetched from an address."""
        return self.filter(is_active=True).exclude(metadata_url="")
