"""The loaded audio of the open song, and which of its clips is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chart_hero_app.document.state import Sound
from chart_hero_app.document.viewing import Viewing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chart_hero_core.audio.io import AudioClip
    from chart_hero_core.audio.peaks import PeakPyramid


class Sounding(Viewing):
    """The clips by domain (``mix``, ``drums``); the part of a document that is heard."""

    audioChanged = Signal()
    domainChanged = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sound = Sound()
        self._domain = "mix"

    @property
    def clips(self) -> Mapping[str, AudioClip]:
        """The loaded audio by domain (``mix``, ``drums``); empty until it was read."""
        return self._sound.clips

    @property
    def pyramids(self) -> Mapping[str, PeakPyramid]:
        """The peaks of each clip for drawing."""
        return self._sound.pyramids

    @property
    def sound(self) -> Sound:
        """All loaded audio."""
        return self._sound

    @property
    def duration_s(self) -> float:
        """The length of the audio; 0 without."""
        return self._sound.duration_s

    @property
    def domain(self) -> str:
        """Which of the clips the waveform and spectrogram show."""
        return self._domain

    @property
    def clip(self) -> AudioClip | None:
        """The shown clip."""
        return self._sound.clips.get(self._domain)

    @property
    def pyramid(self) -> PeakPyramid | None:
        """The peaks of the shown clip."""
        return self._sound.pyramids.get(self._domain)

    def set_sound(self, sound: Sound) -> None:
        """The audio was read."""
        self._sound = sound
        if self._domain not in sound.clips and sound.clips:
            self._domain = next(iter(sound.clips))
            self.domainChanged.emit(self._domain)
        self.audioChanged.emit()

    def set_domain(self, domain: str) -> None:
        """Show another clip."""
        if domain != self._domain and domain in self._sound.clips:
            self._domain = domain
            self.domainChanged.emit(domain)
