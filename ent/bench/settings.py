"""The portal as measured: as in production, over plain HTTP on loopback."""

import os

os.environ["ENT_INSECURE_COOKIES"] = "1"

from ent.settings import *  # noqa: F403

# Each person of a load has an address of their own, as behind a proxy: the limit by address would stop it at once.
ALLAUTH_TRUSTED_PROXY_COUNT = 1
ENT_REQUIRE_SECOND_FACTOR = False  # the agents of the bench have none
