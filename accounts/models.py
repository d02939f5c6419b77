from accounts.audit.models import AuditEvent
from accounts.credentials.models import OneTimeCode
from accounts.federation.models import IdentityProvider
from accounts.identity.models import Identifier, User
from accounts.notifications.models import Notification
from accounts.sessions.models import BrowserSession

__all__ = ["AuditEvent", "BrowserSession", "Identifier", "IdentityProvider", "Notification", "OneTimeCode", "User"]
