"""What is left of a batch and what is done, between two steps: sealed in the batch itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from establishments.slips.drawing import Slip
from establishments.slips.sealing import seal, unseal


@dataclass
class Pile:
    todo: list[tuple[int, str]]  # membership, and what the slip says that they are
    slips: list[Slip] = field(default_factory=list)

    def sealed(self) -> bytes:
        content = {"todo": self.todo, "slips": [asdict(slip) for slip in self.slips]}
        return seal(json.dumps(content, cls=DjangoJSONEncoder).encode())

    @classmethod
    def opened(cls, sealed: bytes) -> Pile:
        content = json.loads(unseal(sealed))
        return cls([(pk, what) for pk, what in content["todo"]], [_slip_from(kept) for kept in content["slips"]])


def _slip_from(kept: dict[str, Any]) -> Slip:
    dates = {name: date.fromisoformat(kept[name]) for name in ("opens_on", "expires_on") if kept[name]}
    return Slip(**{**kept, **dates})
