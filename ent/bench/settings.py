"""The portal as measured: as in production, over plain HTTP on loopback."""

import os

os.environ["ENT_INSECURE_COOKIES"] = "1"

from ent.settings import *  # noqa: F403
