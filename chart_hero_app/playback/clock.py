"""Which frame is heard now: a clock that is slaved to the sound device and never runs backwards.

Sound libraries' own times jump (by a second in two of three runs of PortAudio over PulseAudio).
Between callbacks this clock runs on ``perf_counter``; each callback says how many frames were
delivered before, less the latency of the stream, and a twentieth of the difference is corrected.
One late callback is jitter of the scheduler; several alike mean that the sound was held up.
"""

import statistics
import threading
import time
from collections import deque
from collections.abc import Callable

CORRECTION = 0.05
# So many callbacks in a row, all off to the same side by more than this: an underrun.
GAP_BLOCKS = 4
GAP_S = 0.010


class SlavedClock:
    """Heard seconds since the stream began. Fed by the audio thread, read by any."""

    def __init__(self, latency_s: float, now: Callable[[], float] = time.perf_counter) -> None:
        self._latency_s = latency_s
        self._now = now
        self._lock = threading.Lock()
        self._base_s: float | None = None  # heard seconds minus now
        self._wanted_s: deque[float] = deque(maxlen=GAP_BLOCKS)
        self._last_s = -latency_s

    def on_block(self, delivered_s: float) -> None:
        """The device asks for the next block; ``delivered_s`` seconds were delivered before it."""
        wanted = delivered_s - self._latency_s - self._now()
        with self._lock:
            if self._base_s is None:
                self._base_s = wanted
                return
            self._wanted_s.append(wanted)
            if self._held_up(self._base_s):
                self._base_s = statistics.median(self._wanted_s)
                self._wanted_s.clear()
            else:
                self._base_s += CORRECTION * (wanted - self._base_s)

    def _held_up(self, base_s: float) -> bool:
        alike = min(self._wanted_s) > base_s + GAP_S or max(self._wanted_s) < base_s - GAP_S
        return len(self._wanted_s) == GAP_BLOCKS and alike

    def heard_s(self) -> float:
        """Seconds heard so far; negative while the first block is still on its way."""
        with self._lock:
            if self._base_s is not None:
                self._last_s = max(self._last_s, self._base_s + self._now())
            return self._last_s
