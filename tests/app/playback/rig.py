"""An engine whose device is driven by hand."""

import time
from collections.abc import Callable

import numpy as np

from chart_hero_app.playback.engine import PlaybackEngine
from chart_hero_app.playback.outputs import Fill

RATE = 44_100
PIECE = 441  # frames that a device asks for at once


class HandOutput:
    """A device that asks when the test says so."""

    latency_s = 0.0

    def __init__(self, fill: Fill) -> None:
        self.fill = fill
        self.open = False

    def start(self) -> None:
        self.open = True

    def stop(self) -> None:
        self.open = False

    def pull(self, seconds: float) -> np.ndarray:
        """What is heard in the next ``seconds``; gives the working thread the time it needs."""
        feed = self.fill.__self__  # type: ignore[attr-defined]
        pieces = []
        for _ in range(round(seconds * RATE / PIECE)):
            wait_until(lambda: feed._idle() or len(feed._blocks) >= 2)
            out = np.zeros((PIECE, 2), dtype=np.float32)
            self.fill(out)
            pieces.append(out)
        return np.concatenate(pieces)


class Rig:
    """An engine and the devices it opened."""

    def __init__(self) -> None:
        self.outputs: list[HandOutput] = []
        self.engine = PlaybackEngine(self._open)

    def _open(self, fill: Fill, rate: int, device: str, latency: str) -> HandOutput:
        self.outputs.append(HandOutput(fill))
        return self.outputs[-1]

    def begin(self, position_s: float) -> HandOutput:
        """Play and wait until blocks are there."""
        self.engine.play(position_s)
        wait_until(lambda: len(self.engine._feed._blocks) >= 5)
        return self.outputs[-1]


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.005)
