"""Which second of the song belongs to which output frame, through seeks, loops and speeds."""

import bisect
import threading
from dataclasses import dataclass

KEPT = 64  # far more jumps than can be on their way to the ear at once


@dataclass(frozen=True, slots=True)
class Segment:
    """From output frame ``frame`` on the song runs from ``song_s`` at ``speed`` (0: it rests)."""

    frame: int
    song_s: float
    speed: float


class Segments:
    """Appended by the audio thread, read by any."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._segments: list[Segment] = []

    def add(self, segment: Segment) -> None:
        """From a frame on the song is elsewhere; what merely goes on is not kept."""
        with self._lock:
            last = self._segments[-1] if self._segments else None
            if last is not None and last.speed == segment.speed:
                expected_s = self._place(last, segment.frame)
                if abs(expected_s - segment.song_s) < 1e-6:
                    return
            self._segments.append(segment)
            del self._segments[:-KEPT]

    def song_s(self, frame: float) -> float | None:
        """The time of the song at an output frame; before the first segment its start."""
        with self._lock:
            if not self._segments:
                return None
            index = bisect.bisect_right(self._segments, frame, key=lambda s: s.frame) - 1
            return self._place(self._segments[max(index, 0)], frame)

    def _place(self, segment: Segment, frame: float) -> float:
        ahead = max(frame - segment.frame, 0.0)
        return segment.song_s + ahead / self._rate * segment.speed
