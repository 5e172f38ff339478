"""What the model said about the open song, ready to be decoded again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import Activations
from chart_hero_core.decode.candidates import Candidates, prepare

if TYPE_CHECKING:
    from chart_hero_core.base.calibration import Calibration


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """Activations with everything that decoding them needs.

    Attributes:
        domain: which audio was listened to, ``drums`` or ``mix``.
        calibration: how sure the model may claim to be; None without one.
        model: the name of the checkpoint.
        weights: the checkpoint file to listen again with; None is the one the person chose.
        candidates: the peaks of the activations, found once.
    """

    activations: Activations
    domain: Domain = "mix"
    calibration: Calibration | None = None
    model: str = ""
    weights: Path | None = None
    candidates: Candidates = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "candidates", prepare(self.activations))
