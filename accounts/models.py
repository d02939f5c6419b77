from accounts.audit.models import AuditEvent
from accounts.credentials.models import OneTimeCode
from accounts.federation.models import IdentityProvider
from accounts.identity.models import Identifier, User

__all__ = ["AuditEvent", "Identifier", "IdentityProvider", "OneTimeCode", "User"]
