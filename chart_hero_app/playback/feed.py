"""Between mixer and device: blocks made ahead in a thread, handed out in the device's callback."""

import threading
from collections import deque

import numpy as np

from chart_hero_app.playback.clock import SlavedClock
from chart_hero_app.playback.mixer import BLOCK, CHANNELS, Block, Floats, Mixer
from chart_hero_app.playback.segments import Segment, Segments

AHEAD_S = 0.25  # what is made before it is wanted; a busy window may hold the thread up that long
POLL_S = 0.02
RAMP = 256  # frames over which a volume changes, a pause fades and a jump is smoothed


class Feed:
    """Owns the working thread. ``fill`` is called by the device, all else by the window.

    Two locks: the mixer's own, held while a block is made, and this one, held only to hand blocks
    over. The callback never waits for a block that is being made.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._mixer: Mixer | None = None
        self._lock = threading.Lock()
        self._blocks: deque[Block] = deque()
        self._part: tuple[Block, int] | None = None
        self._segments = Segments(sample_rate)
        self._clock = SlavedClock(0.0)
        self._delivered = 0
        self._left: int | None = 0  # frames until silence; None while the song runs
        self._jump = 0
        self._ended = False
        self._drained = False
        self._gains = np.zeros(len(CHANNELS), dtype=np.float32)
        self._shown_gains = self._gains
        self._last_frame = np.zeros(2, dtype=np.float32)
        self._smooth = False
        self._wake = threading.Condition()
        self._quit = False
        self._worker: threading.Thread | None = None

    # For the window ---------------------------------------------------------------------------

    @property
    def drained(self) -> bool:
        """Whether everything up to the end of the song was handed to the device."""
        return self._drained

    @property
    def delivered(self) -> int:
        """How many frames the device has asked for since it was opened."""
        return self._delivered

    def set_gains(self, gains: Floats) -> None:
        """The volumes of all channels; heard with the next block of the device."""
        self._gains = gains.astype(np.float32)

    def begin(self, mixer: Mixer, position_s: float | None, length: int | None = None) -> None:
        """Go on at a place, for ``length`` frames (None: until stopped).

        Without a place, go on where the device will have come to: what was made ahead is made
        anew, and nothing is heard twice.
        """
        with self._lock:
            if position_s is None:
                place_s = self._segments.song_s(self._delivered)
                position_s = 0.0 if place_s is None else place_s
            else:
                self._segments = Segments(self._rate)
                self._segments.add(Segment(self._delivered, position_s, 0.0))
            self._jump += 1
            mixer.jump(position_s, self._jump)
            self._mixer = mixer
            self._blocks.clear()
            self._part = None
            self._ended = self._drained = False
            self._left = length
            self._smooth = True
        self._ready_worker()

    def end(self) -> None:
        """Fade out over a few milliseconds."""
        with self._lock:
            self._left = RAMP if self._left is None else min(self._left, RAMP)

    def attach(self, latency_s: float) -> None:
        """A new stream begins, with its frames counted from 0."""
        with self._lock:
            place_s = self._segments.song_s(self._delivered)
            self._delivered = 0
            self._clock = SlavedClock(latency_s)
            self._segments = Segments(self._rate)
            self._segments.add(Segment(0, place_s or 0.0, 0.0))

    def heard_song_s(self, offset_s: float = 0.0) -> float | None:
        """The time of the song that is being heard, ``offset_s`` earlier than the clock says."""
        # A device that has stopped asking plays nothing more, however late it gets.
        heard_s = min(self._clock.heard_s(), self._delivered / self._rate)
        return self._segments.song_s((heard_s - offset_s) * self._rate)

    def shut_down(self) -> None:
        """End the working thread."""
        with self._wake:
            self._quit = True
            self._wake.notify_all()
        if self._worker is not None:
            self._worker.join()
            self._worker = None

    # The working thread ------------------------------------------------------------------------

    def _ready_worker(self) -> None:
        if self._worker is None:
            self._quit = False
            self._worker = threading.Thread(target=self._work, name="playback", daemon=True)
            self._worker.start()
        with self._wake:
            self._wake.notify_all()

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._quit and not self._wanted():
                    # Asleep while nothing plays; the callback is spared the waking.
                    self._wake.wait(None if self._idle() else POLL_S)
                if self._quit:
                    return
            self._make_block()

    def _idle(self) -> bool:
        return self._ended or self._left == 0

    def _wanted(self) -> bool:
        return not self._idle() and len(self._blocks) * BLOCK < AHEAD_S * self._rate

    def _make_block(self) -> None:
        mixer = self._mixer
        if mixer is None:
            return
        block = mixer.render()
        with self._lock:
            if block.jump != self._jump:
                return  # it belongs to the time before a jump
            if block.frames:
                self._blocks.append(block)
            else:
                self._ended = True

    # The audio thread ----------------------------------------------------------------------------

    def fill(self, out: Floats) -> None:
        """Fill ``out [frames, 2]`` with what comes next."""
        self._clock.on_block(self._delivered / self._rate)
        mixed = np.zeros((len(CHANNELS), len(out), 2), dtype=np.float32)
        filled = 0
        with self._lock:
            while filled < len(out):
                taken = self._take(mixed[:, filled:], self._delivered + filled)
                if taken == 0:
                    break
                filled += taken
            smooth, self._smooth = self._smooth, False
            self._delivered += len(out)
        out[:] = self._added(mixed, self._gains)
        if smooth:
            count = min(RAMP, len(out))
            fall = np.linspace(1.0, 0.0, count, dtype=np.float32)[:, None]
            out[:count] += (self._last_frame - out[0]) * fall
        np.clip(out, -1.0, 1.0, out=out)
        self._last_frame = out[-1].copy()

    def _take(self, room: Floats, frame: int) -> int:
        """Move frames of the next block into ``room``; 0 when there is none to be heard."""
        if self._left == 0:
            return 0
        if self._part is None:
            if not self._blocks:
                self._rest(frame)
                return 0
            block = self._blocks.popleft()
            self._part = (block, 0)
            self._segments.add(Segment(frame, block.song_s, block.speed))
        block, at = self._part
        count = min(block.frames - at, int(room.shape[1]))
        part = block.samples[:, at : at + count]
        if self._left is not None:
            count = min(count, self._left)
            falling = np.minimum((self._left - np.arange(count, dtype=np.float32)) / RAMP, 1.0)
            part = part[:, :count] * falling[:, None]
            self._left -= count
        room[:, :count] = part
        self._part = (block, at + count) if at + count < block.frames else None
        return count

    def _rest(self, frame: int) -> None:
        """Nothing is ready: the song stands still until something is."""
        self._drained = self._ended
        place_s = self._segments.song_s(frame)
        if place_s is not None:
            self._segments.add(Segment(frame, place_s, 0.0))

    def _added(self, mixed: Floats, gains: Floats) -> Floats:
        """Add the channels up; volumes move over a few milliseconds."""
        shown, self._shown_gains = self._shown_gains, gains
        if np.array_equal(gains, shown):
            return np.asarray(np.tensordot(gains, mixed, axes=(0, 0)), dtype=np.float32)
        count = mixed.shape[1]
        share = np.arange(1, count + 1, dtype=np.float32) / min(RAMP, count)
        ramps = shown[:, None] + (gains - shown)[:, None] * np.minimum(share, 1.0)
        return np.asarray(np.einsum("cn,cnk->nk", ramps, mixed), dtype=np.float32)
