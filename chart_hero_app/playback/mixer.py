"""Makes what will be heard, a block at a time and ahead of time: song, drums, kit, metronome.

Runs in the engine's working thread. The four channels stay apart in a block, so that a volume
takes effect at once and not only after what was made ahead has been played.
"""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_app.playback.kit import Kit, Strokes
from chart_hero_app.playback.sounds import PlayedSound
from chart_hero_app.playback.stretch import Stretcher

Floats = NDArray[np.float32]

CHANNELS = ("song", "drums", "kit", "metronome")
SOURCES = ("song", "drums")
FADE_S = 0.004  # at every jump, against clicks
BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """``samples [channels, n, 2]`` and where in the song they belong; n is 0 at the end.

    ``jump`` is the number of the jump after which it was made.
    """

    samples: Floats
    song_s: float
    speed: float
    jump: int

    @property
    def frames(self) -> int:
        """Its length."""
        return int(self.samples.shape[1])


@dataclass(slots=True)
class _Voice:
    """A sample that is sounding; ``at`` may lie before 0 while its start is still to come."""

    channel: int
    samples: Floats
    at: int


class Mixer:
    """Where the song is, at what speed, and everything that sounds there."""

    def __init__(self, sample_rate: int, kit: Kit) -> None:
        self.sample_rate = sample_rate
        self._kit = kit
        self._lock = threading.Lock()
        self._sources: dict[str, PlayedSound | None] = dict.fromkeys(SOURCES)
        self._wanted = dict.fromkeys(SOURCES, True)
        self._jump = 0
        self._strokes = {"kit": Strokes.none(), "metronome": Strokes.none()}
        self._loop: tuple[float, float] | None = None
        self._speed = 1.0
        self._duration_s = 0.0
        self._position_s = 0.0
        self._voices: list[_Voice] = []
        self._stretchers: dict[str, Stretcher] = {}
        self._fresh = True

    # Set by the window ----------------------------------------------------------------------

    def set_source(self, channel: str, sound: PlayedSound | None) -> None:
        """Play another song or drums stem (``song``, ``drums``).

        Raises:
            ValueError: its sample rate is not the mixer's.
        """
        if sound is not None and sound.sample_rate != self.sample_rate:
            raise ValueError(f"{sound.sample_rate} Hz where {self.sample_rate} Hz are played")
        with self._lock:
            self._sources[channel] = sound
            self._stretchers.pop(channel, None)

    def set_wanted(self, channel: str, wanted: bool) -> None:
        """Whether a source can be heard at all; stretching one that cannot would be a waste."""
        with self._lock:
            if self._wanted[channel] != wanted:
                self._wanted[channel] = wanted
                self._stretchers.pop(channel, None)

    def set_strokes(self, channel: str, strokes: Strokes) -> None:
        """Play other strokes (``kit``, ``metronome``)."""
        with self._lock:
            self._strokes[channel] = strokes

    def set_duration(self, duration_s: float) -> None:
        """Where the song ends."""
        with self._lock:
            self._duration_s = duration_s

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Repeat a stretch, None to go on."""
        with self._lock:
            self._loop = loop

    def set_speed(self, speed: float) -> None:
        """Another speed from the next block on."""
        with self._lock:
            if speed != self._speed:
                self._speed = speed
                self._begin_at(self._position_s)

    def jump(self, position_s: float, number: int) -> None:
        """Go on elsewhere; what sounds now ends. Blocks from here on carry ``number``."""
        with self._lock:
            self._jump = number
            self._voices.clear()
            self._begin_at(position_s)

    def _begin_at(self, position_s: float) -> None:
        # On a whole sample, so that reading on block by block never skips or repeats one.
        self._position_s = round(position_s * self.sample_rate) / self.sample_rate
        self._stretchers.clear()
        self._fresh = True

    # Called by the working thread --------------------------------------------------------------

    def render(self) -> Block:
        """The next block; an empty one at the end of the song."""
        with self._lock:
            if self._loop is not None and self._frames_to(self._loop[1]) <= 0:
                self._begin_at(self._loop[0])
            count, ends = self._length()
            if count <= 0:
                nothing = np.zeros((len(CHANNELS), 0, 2), dtype=np.float32)
                return Block(nothing, self._position_s, self._speed, self._jump)
            block = Block(self._mixed(count, ends), self._position_s, self._speed, self._jump)
            self._position_s += count * self._speed / self.sample_rate
            self._fresh = False
            return block

    def _length(self) -> tuple[int, bool]:
        """Frames up to a jump or the end of the song, at most a block; whether it ends there."""
        stop_s = self._duration_s
        if self._loop is not None and self._position_s < self._loop[1]:
            stop_s = self._loop[1]
        left = self._frames_to(stop_s)
        return (left, True) if left <= BLOCK else (BLOCK, False)

    def _frames_to(self, time_s: float) -> int:
        """Whole frames; less than half of one is none."""
        return round((time_s - self._position_s) / self._speed * self.sample_rate)

    def _mixed(self, count: int, ends: bool) -> Floats:
        out = np.zeros((len(CHANNELS), count, 2), dtype=np.float32)
        for name, sound in self._sources.items():
            if sound is not None and self._wanted[name]:
                out[CHANNELS.index(name)] = self._source(name, sound, count)
        self._fade(out, ends)
        self._start_voices(count)
        self._sound_voices(out, count)
        return out

    def _source(self, name: str, sound: PlayedSound, count: int) -> Floats:
        first = self._position_s * self.sample_rate
        if self._speed == 1.0:
            return sound.read(round(first), count)
        stretcher = self._stretchers.get(name)
        if stretcher is None:
            stretcher = Stretcher(sound.read, 2, first, self._speed)
            self._stretchers[name] = stretcher
        return stretcher.render(count)

    def _fade(self, out: Floats, ends: bool) -> None:
        length = min(round(FADE_S * self.sample_rate), out.shape[1])
        ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)[:, None]
        if self._fresh:
            out[:, :length] *= ramp
        if ends:
            out[:, -length:] *= ramp[::-1]

    def _start_voices(self, count: int) -> None:
        """Strokes begin a little before their time, by what their samples take to sound."""
        onset_s = self._kit.onset / self.sample_rate * self._speed
        start_s = self._position_s + (0.0 if self._fresh else onset_s)
        end_s = self._position_s + count * self._speed / self.sample_rate + onset_s
        for name, strokes in self._strokes.items():
            for index in strokes.between(start_s, end_s):
                ahead_s = float(strokes.times_s[index]) - self._position_s
                frame = round(ahead_s / self._speed * self.sample_rate) - self._kit.onset
                sample = self._kit.samples(strokes.sounds[index])
                # On a fresh start the first half millisecond may lie before the block.
                self._voices.append(_Voice(CHANNELS.index(name), sample, -frame))

    def _sound_voices(self, out: Floats, count: int) -> None:
        for voice in self._voices:
            into = max(-voice.at, 0)
            begin = max(voice.at, 0)
            length = min(count - into, len(voice.samples) - begin)
            if length > 0:
                part = voice.samples[begin : begin + length, None]
                out[voice.channel, into : into + length] += part
            voice.at += count
        self._voices = [voice for voice in self._voices if voice.at < len(voice.samples)]
