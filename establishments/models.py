from establishments.doors.models import Block, Opening
from establishments.emergency.models import EmergencyReset
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
from establishments.support.models import Case, CaseNote, SlipBatch
from establishments.territory.models import (
    Authority,
    Competence,
    Establishment,
    Holiday,
    ProviderFor,
    SchoolYear,
    SupportHub,
)

__all__ = [
    "Authority",
    "Block",
    "Case",
    "CaseNote",
    "Competence",
    "EmergencyReset",
    "Establishment",
    "FormTeacher",
    "Group",
    "GroupMembership",
    "Guardianship",
    "Holiday",
    "Mandate",
    "Membership",
    "Opening",
    "ProviderFor",
    "Role",
    "SchoolYear",
    "SlipBatch",
    "Subject",
    "SupportHub",
    "Teaching",
]
