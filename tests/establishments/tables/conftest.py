from tests.establishments.directory.conftest import export

__all__ = ["export"]
