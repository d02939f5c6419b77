"""What every viewset of the API stands on."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.viewsets import GenericViewSet

from ent.portal.rights import require


class PortalViewSet(GenericViewSet):
    """Lists what the person may see; opens one object if their right allows it.

    Another school's object is outside the scope, hence 404. A missing right in one's own school is 403.
    """

    lookup_value_converter = "int"
    #: The right that each action on one object needs.
    rights: ClassVar[dict[str, str]] = {}

    def get_object(self) -> Any:
        found = super().get_object()
        require(self.request.user, self.rights[self.action], found)
        return found
