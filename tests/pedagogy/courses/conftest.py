from tests.establishments.directory.conftest import export, family

__all__ = ["export", "family"]
