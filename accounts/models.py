from accounts.identity.models import Identifier, User

__all__ = ["Identifier", "User"]
