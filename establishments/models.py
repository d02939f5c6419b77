from establishments.people.models import (
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    Mandate,
    Membership,
    Role,
    Subject,
    Teaching,
)
from establishments.territory.models import Authority, Establishment, SchoolYear, SupportHub

__all__ = [
    "Authority",
    "Establishment",
    "FormTeacher",
    "Group",
    "GroupMembership",
    "Guardianship",
    "Mandate",
    "Membership",
    "Role",
    "SchoolYear",
    "Subject",
    "SupportHub",
    "Teaching",
]
