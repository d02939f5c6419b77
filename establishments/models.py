from establishments.directory.models import AsideRecord, Change, Feed, FeedRecord, ImportRun, SchoolRun
from establishments.doors.models import Block, Opening
from establishments.emergency.models import EmergencyReset
from establishments.files.models import StoredFile
from establishments.hand_made.models import HandMade
from establishments.imports.models import Parcel
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
from establishments.photos.models import Portrait
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
    "AsideRecord",
    "Authority",
    "Block",
    "Case",
    "CaseNote",
    "Change",
    "Competence",
    "EmergencyReset",
    "Establishment",
    "Feed",
    "FeedRecord",
    "FormTeacher",
    "Group",
    "GroupMembership",
    "Guardianship",
    "HandMade",
    "Holiday",
    "ImportRun",
    "Mandate",
    "Membership",
    "Opening",
    "Parcel",
    "Portrait",
    "ProviderFor",
    "Role",
    "SchoolRun",
    "SchoolYear",
    "SlipBatch",
    "StoredFile",
    "Subject",
    "SupportHub",
    "Teaching",
]
