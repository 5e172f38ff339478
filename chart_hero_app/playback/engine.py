"""Plays the song: sounds and strokes in, sound out, and the time that is being heard."""

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from chart_hero_app.playback.feed import Feed
from chart_hero_app.playback.kit import Kit, Strokes
from chart_hero_app.playback.mixer import CHANNELS, SOURCES, Mixer
from chart_hero_app.playback.outputs import Opener, Output, SilentOutput, SoundOutput
from chart_hero_app.playback.sounds import USUAL_RATE, PlayedSound
from chart_hero_core.base.errors import DeviceError

TICK_MS = 16
IDLE_S = 3.0  # a paused stream stays open so long, so that going on is immediate
GRAIN_S = 0.09  # what is heard of a place while scrubbing
END_TOLERANCE_S = 0.002
STALL_S = 3.0  # a wireless device may take a second to begin
STALLED = (
    "The sound device has stopped playing, so the song cannot be heard; "
    "reconnect it or choose another one in the preferences."
)


class PlaybackEngine(QObject):
    """One song at a time. All methods are for the window's thread; none waits for sound.

    Channels are ``song``, ``drums``, ``kit`` and ``metronome``. Without a working device the
    song runs on silently and :attr:`deviceFailed` says so once.
    """

    positionAdvanced = Signal(float)  # seconds of the song being heard, some 60 times a second
    finished = Signal()  # the song came to its end
    deviceFailed = Signal(str)  # one sentence
    soundChanged = Signal(bool)  # whether a device works

    def __init__(self, opener: Opener = SoundOutput, parent: QObject | None = None) -> None:
        """``opener`` opens the device: ``(fill, sample rate, device name, latency) -> Output``."""
        super().__init__(parent)
        self._opener = opener
        self._device, self._latency = "", "high"
        self._offset_s = 0.0
        self._rate = USUAL_RATE
        self._mixer: Mixer | None = None
        self._feed = Feed(self._rate)
        self._output: Output | None = None
        self._failure_told = False
        self._seen_frames = self._quiet_ticks = 0
        self._sources: dict[str, PlayedSound | None] = {}
        self._strokes: dict[str, Strokes] = {}
        self._gains = dict.fromkeys(CHANNELS, 0.0)
        self._duration_s = 0.0
        self._speed = 1.0
        self._loop: tuple[float, float] | None = None
        self._playing = False
        self._position_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(round(IDLE_S * 1000))
        self._idle.timeout.connect(self._close_output)

    # What is played -------------------------------------------------------------------------

    @property
    def sample_rate(self) -> int:
        """The rate everything is played at: that of the sound set last."""
        return self._rate

    def set_sound(self, channel: str, sound: PlayedSound | None) -> None:
        """Play another ``song`` or ``drums`` (None: nothing).

        A sound of another rate reopens the device and drops what has the old rate; load a drums
        stem at :attr:`sample_rate`.
        """
        if sound is not None and sound.sample_rate != self._rate:
            self._change_rate(sound.sample_rate)
        self._sources[channel] = sound
        if self._mixer is not None:
            self._mixer.set_source(channel, sound)
        self._make_anew()

    def set_strokes(self, channel: str, strokes: Strokes) -> None:
        """Play other notes (``kit``) or beats (``metronome``)."""
        self._strokes[channel] = strokes
        if self._mixer is not None:
            self._mixer.set_strokes(channel, strokes)

    def set_duration(self, duration_s: float) -> None:
        """Where the song ends."""
        self._duration_s = duration_s
        if self._mixer is not None:
            self._mixer.set_duration(duration_s)

    def set_gain(self, channel: str, gain: float) -> None:
        """The volume of a channel, 0..1; heard within the latency of the device."""
        was_heard = self._gains[channel] > 0
        self._gains[channel] = gain
        self._feed.set_gains(np.array([self._gains[name] for name in CHANNELS]))
        if channel in SOURCES and was_heard != (gain > 0):
            if self._mixer is not None:
                self._mixer.set_wanted(channel, gain > 0)
            self._make_anew()

    def set_speed(self, speed: float) -> None:
        """0.25 to 2, with the pitch kept."""
        if speed != self._speed:
            self._speed = speed
            if self._mixer is not None:
                self._mixer.set_speed(speed)
            self._make_anew()

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Repeat a stretch (seconds), or None. A playhead behind its end runs on."""
        self._loop = loop
        if self._mixer is not None:
            self._mixer.set_loop(loop)
        self._make_anew()

    def set_device(self, device: str, latency: str = "high") -> None:
        """Play on another device (name; empty: the system's) with a ``high`` or ``low`` buffer."""
        if (device, latency) != (self._device, self._latency):
            self._device, self._latency = device, latency
            self._failure_told = False
            self._reopen()

    def set_offset_ms(self, offset_ms: float) -> None:
        """Show the playhead later by this, for devices that are later than they say."""
        self._offset_s = offset_ms / 1000.0

    # Playing --------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the song runs."""
        return self._playing

    @property
    def position_s(self) -> float:
        """What is heard now, in seconds of the song; while paused, where it will go on."""
        if not self._playing:
            return self._position_s
        heard_s = self._feed.heard_song_s(self._offset_s)
        return self._position_s if heard_s is None else min(heard_s, self._duration_s)

    def play(self, position_s: float) -> None:
        """Start, or go on elsewhere."""
        if not self._playing and isinstance(self._output, SilentOutput):
            self._close_output()  # perhaps there is a device by now
        self._begin(position_s, None)
        if not self._playing:
            self._playing = True
            self._timer.start()

    def seek(self, position_s: float) -> None:
        """Jump; while paused only remember the place."""
        self._position_s = position_s
        if self._playing:
            self._begin(position_s, None)

    def stop(self) -> None:
        """Pause; :attr:`position_s` stays at what was heard last."""
        if self._playing:
            self._position_s = self.position_s
            self._playing = False
            self._timer.stop()
            self._feed.end()
            self._idle.start()

    def scrub(self, position_s: float) -> None:
        """Let a short grain of the place be heard; while playing it is a jump."""
        if not self._playing:
            self._begin(position_s, round(GRAIN_S * self._rate))
            self._idle.start()
        elif position_s != self._position_s:
            self.seek(position_s)

    def shut_down(self) -> None:
        """Stop, close the device and end the working thread."""
        self.stop()
        self._close_output()
        self._feed.shut_down()

    def _begin(self, position_s: float, length: int | None) -> None:
        self._idle.stop()
        self._position_s = position_s
        mixer = self._ready_mixer()
        self._ready_output()
        self._feed.begin(mixer, position_s, length)

    def _make_anew(self) -> None:
        """After a change of what is heard: throw away what was made ahead."""
        if self._playing and self._mixer is not None:
            self._feed.begin(self._mixer, None)

    def _on_tick(self) -> None:
        self._watch_device()
        position_s = self.position_s
        self.positionAdvanced.emit(position_s)
        if self._feed.drained and position_s >= self._duration_s - END_TOLERANCE_S:
            self.stop()
            self._position_s = self._duration_s
            self.finished.emit()

    # The device -----------------------------------------------------------------------------

    def _ready_mixer(self) -> Mixer:
        if self._mixer is None:
            mixer = Mixer(self._rate, Kit(self._rate))
            for channel, sound in self._sources.items():
                mixer.set_source(channel, sound)
            for channel in SOURCES:
                mixer.set_wanted(channel, self._gains[channel] > 0)
            for channel, strokes in self._strokes.items():
                mixer.set_strokes(channel, strokes)
            mixer.set_duration(self._duration_s)
            mixer.set_loop(self._loop)
            mixer.set_speed(self._speed)
            self._mixer = mixer
        return self._mixer

    def _ready_output(self) -> None:
        if self._output is not None:
            return
        try:
            self._output = self._opened(
                self._opener(self._feed.fill, self._rate, self._device, self._latency)
            )
            self._failure_told = False
            self.soundChanged.emit(True)
        except DeviceError as error:
            self._go_silent(str(error))

    def _go_silent(self, sentence: str) -> None:
        self._output = self._opened(SilentOutput(self._feed.fill, self._rate))
        if not self._failure_told:
            self._failure_told = True
            self.soundChanged.emit(False)
            self.deviceFailed.emit(sentence)

    def _opened(self, output: Output) -> Output:
        self._feed.attach(output.latency_s)
        self._seen_frames = self._quiet_ticks = 0
        output.start()
        return output

    def _watch_device(self) -> None:
        """A device that was unplugged only stops asking, and never says so."""
        delivered = self._feed.delivered
        self._quiet_ticks = self._quiet_ticks + 1 if delivered == self._seen_frames else 0
        self._seen_frames = delivered
        # Counted in ticks: a window that was held up has held up the device's thread, too.
        if self._quiet_ticks * TICK_MS < STALL_S * 1000:
            return
        position_s = self.position_s
        self._close_output()
        if not delivered:  # opened again already, or never worked
            self._go_silent(STALLED)
        self._begin(position_s, None)

    def _close_output(self) -> None:
        self._idle.stop()
        output, self._output = self._output, None
        if output is not None:
            output.stop()

    def _reopen(self) -> None:
        """Close the device; if the song was running it goes on with a newly opened one."""
        playing = self._playing
        self.stop()
        self._close_output()
        if playing:
            self.play(self._position_s)

    def _change_rate(self, sample_rate: int) -> None:
        playing = self._playing
        self.stop()
        self._close_output()
        self._feed.shut_down()
        self._rate = sample_rate
        self._mixer = None
        self._feed = Feed(sample_rate)
        self._feed.set_gains(np.array([self._gains[name] for name in CHANNELS]))
        for name, kept in self._sources.items():
            if kept is not None and kept.sample_rate != sample_rate:
                self._sources[name] = None
        if playing:
            self.play(self._position_s)
