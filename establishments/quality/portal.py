from __future__ import annotations

from ent.portal import registry
from establishments.quality.api import DirectoryQualityViewSet

registry.api("directory-quality", DirectoryQualityViewSet, "directory-quality")
