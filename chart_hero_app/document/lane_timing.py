"""What is known of the timing of one drum's notes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import DrumClass


@dataclass(frozen=True, slots=True, eq=False)
class LaneTiming:
    """``late_ms`` of notes with an attack near them, below 0 for early ones; ``notes`` of all."""

    drum: DrumClass
    late_ms: NDArray[np.float64]
    notes: int

    @property
    def middle_ms(self) -> float | None:
        """As many notes are earlier as later; None where no attack was found."""
        return float(np.median(self.late_ms)) if len(self.late_ms) else None

    @property
    def half_within_ms(self) -> float | None:
        """How near to the middle half of the notes are."""
        middle_ms = self.middle_ms
        return None if middle_ms is None else float(np.median(np.abs(self.late_ms - middle_ms)))
