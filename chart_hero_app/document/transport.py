"""Where the song stands: playhead, playing, loop, speed and the volume of each channel.

The window, the timeline and the playback engine share one :class:`Transport`. The person's
jumps come through :meth:`Transport.seek`; the engine alone reports through
:meth:`Transport.advance_to`, so that it never takes its own reports for a jump.
"""

from enum import Enum

from PySide6.QtCore import QObject, Signal

MIN_SPEED = 0.25
MAX_SPEED = 2.0
MIN_LOOP_S = 0.05


class Channel(Enum):
    """What can be heard."""

    SONG = "song"
    DRUMS = "drums"  # the drums stem, where there is one
    KIT = "kit"  # the chart played by samples
    METRONOME = "metronome"


class Follow(Enum):
    """How the view keeps up with the playhead."""

    OFF = "off"
    PAGE = "page"
    CENTRE = "centre"


class Transport(QObject):
    """Position and play state; everything in seconds of the song."""

    positionChanged = Signal(float)  # seconds; by a jump or by playing
    seeked = Signal(float)  # seconds; by a jump only
    scrubbed = Signal(float)  # seconds; the playhead is being dragged
    playingChanged = Signal(bool)
    loopChanged = Signal(object)  # tuple[float, float] | None
    speedChanged = Signal(float)
    durationChanged = Signal(float)
    followChanged = Signal(object)  # Follow
    mixChanged = Signal(object)  # Channel
    soundChanged = Signal(bool)  # whether a sound device works

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._position_s = 0.0
        self._duration_s = 0.0
        self._playing = False
        self._loop: tuple[float, float] | None = None
        self._speed = 1.0
        self._follow = Follow.PAGE
        self._sound = True
        self._volumes = dict.fromkeys(Channel, 1.0)
        self._audible = {
            Channel.SONG: True,
            Channel.DRUMS: False,
            Channel.KIT: False,
            Channel.METRONOME: False,
        }

    @property
    def position_s(self) -> float:
        """The playhead."""
        return self._position_s

    @property
    def duration_s(self) -> float:
        """The length of the song; 0 with none open."""
        return self._duration_s

    @property
    def playing(self) -> bool:
        """Whether the song runs."""
        return self._playing

    @property
    def loop(self) -> tuple[float, float] | None:
        """Start and end of the loop, or None."""
        return self._loop

    @property
    def speed(self) -> float:
        """1.0 is the recorded speed."""
        return self._speed

    @property
    def follow(self) -> Follow:
        """How the view keeps up."""
        return self._follow

    @property
    def has_sound(self) -> bool:
        """Whether a sound device works; set by the engine."""
        return self._sound

    def set_duration(self, duration_s: float) -> None:
        """A song of another length was opened; playhead and loop are kept inside it."""
        self._duration_s = max(duration_s, 0.0)
        self.durationChanged.emit(self._duration_s)
        self.set_loop(self._loop)
        if self._position_s > self._duration_s:
            self.seek(self._duration_s)

    def seek(self, position_s: float) -> None:
        """Jump."""
        self._position_s = min(max(position_s, 0.0), self._duration_s)
        self.seeked.emit(self._position_s)
        self.positionChanged.emit(self._position_s)

    def scrub(self, position_s: float) -> None:
        """Drag the playhead: a jump that may be heard as a short grain."""
        self.seek(position_s)
        self.scrubbed.emit(self._position_s)

    def advance_to(self, position_s: float) -> None:
        """The engine says where the sound is; playing stops at the end of the song."""
        self._position_s = min(max(position_s, 0.0), self._duration_s)
        self.positionChanged.emit(self._position_s)
        if self._playing and self._position_s >= self._duration_s:
            self.set_playing(False)

    def set_playing(self, playing: bool) -> None:
        """Start or stop."""
        if playing == self._playing or (playing and self._duration_s <= 0):
            return
        if playing and self._position_s >= self._duration_s - 0.01:
            self.seek(self._loop[0] if self._loop else 0.0)
        self._playing = playing
        self.playingChanged.emit(playing)

    def toggle(self) -> None:
        """Play or pause."""
        self.set_playing(not self._playing)

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Repeat a stretch (seconds); stretches under 50 ms end the loop."""
        if loop is not None:
            start_s, end_s = max(min(loop), 0.0), min(max(loop), self._duration_s)
            loop = (start_s, end_s) if end_s - start_s >= MIN_LOOP_S else None
        if loop != self._loop:
            self._loop = loop
            self.loopChanged.emit(loop)

    def set_speed(self, speed: float) -> None:
        """Set the speed, held to 0.25..2."""
        speed = min(max(speed, MIN_SPEED), MAX_SPEED)
        if speed != self._speed:
            self._speed = speed
            self.speedChanged.emit(speed)

    def set_follow(self, follow: Follow) -> None:
        """Choose how the view keeps up."""
        if follow is not self._follow:
            self._follow = follow
            self.followChanged.emit(follow)

    def set_has_sound(self, works: bool) -> None:
        """The engine found (or lost) its sound device."""
        if works != self._sound:
            self._sound = works
            self.soundChanged.emit(works)

    def volume(self, channel: Channel) -> float:
        """The fader of a channel, 0..1."""
        return self._volumes[channel]

    def audible(self, channel: Channel) -> bool:
        """Whether a channel is switched on."""
        return self._audible[channel]

    def gain(self, channel: Channel) -> float:
        """What the engine multiplies with: the fader, or 0 when switched off."""
        return self._volumes[channel] if self._audible[channel] else 0.0

    def set_volume(self, channel: Channel, volume: float) -> None:
        """Move a fader, 0..1."""
        self._volumes[channel] = min(max(volume, 0.0), 1.0)
        self.mixChanged.emit(channel)

    def set_audible(self, channel: Channel, audible: bool) -> None:
        """Switch a channel on or off."""
        if audible != self._audible[channel]:
            self._audible[channel] = audible
            self.mixChanged.emit(channel)
