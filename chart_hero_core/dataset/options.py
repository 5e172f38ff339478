"""Options for building a dataset."""

from dataclasses import asdict, dataclass
from typing import Any

from chart_hero_core.base.errors import SettingsError
from chart_hero_core.dataset.grid import HOPS


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How songs are turned into shards.

    Attributes:
        hop: samples between the frames of the label grid (and of mels), 128 or 64.
        dilation: frames to either side of a stroke that count as struck.
        audio: keep the sound itself (FLAC at 22.05 kHz, -14 LUFS).
        mel: keep log-mel features.
        transient: keep log-mels with steady sound taken away.
        any_kit: also take charts that do not tell toms from cymbals.
        force: also take songs whose chart fits the audio badly.
        warp: let charts that drift follow their audio, instead of dropping them.
        separate: have the drums of songs without a drum stem separated (needs demucs).
        validation, test: shares of the songs held back.
    """

    hop: int = 128
    dilation: int = 2
    audio: bool = True
    mel: bool = False
    transient: bool = False
    any_kit: bool = False
    force: bool = False
    warp: bool = False
    separate: bool = False
    validation: float = 0.1
    test: float = 0.1

    def __post_init__(self) -> None:
        if self.hop not in HOPS:
            raise SettingsError(f"The hop must be one of {HOPS}, not {self.hop}.")
        if not 0 <= self.dilation <= 16:
            raise SettingsError("The dilation must be 0 to 16 frames.")
        if not (self.audio or self.mel or self.transient):
            raise SettingsError("A dataset must hold audio, mels or both.")
        if min(self.validation, self.test) < 0 or self.validation + self.test > 0.8:
            raise SettingsError("The shares held back must be 0 or more and leave 20 % to train.")

    def of_shards(self) -> dict[str, Any]:
        """The options that a song's shards depend on (the split does not touch them)."""
        values = asdict(self)
        for name in ("validation", "test"):
            del values[name]
        return values
