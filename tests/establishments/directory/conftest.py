from __future__ import annotations

from pathlib import Path

import pytest

from tests.establishments.directory.feeds import WrittenExport


@pytest.fixture
def export(tmp_path: Path) -> WrittenExport:
    """Two schools without anybody: the Collège Fabre and the Lycée La Roque."""
    return WrittenExport(tmp_path / "export")


@pytest.fixture
def family(export: WrittenExport) -> WrittenExport:
    """A student of the Collège Fabre with two guardians, and her teacher of mathematics."""
    export.student("1", links=["2$10$1$1$1$0", "3$20$0$1$1$0"])
    export.guardian("2")
    export.guardian("3", name="Delpech")
    export.staff(
        "4",
        ENTPersonCategorieEnseignant="O",
        ENTPersonFonctions=f"{'5001'}$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES",
        ENTAuxEnsClassesMatieres="5001$5e A$061300",
        ENTAuxEnsClassesPrincipal="5001$5e A",
    )
    return export
