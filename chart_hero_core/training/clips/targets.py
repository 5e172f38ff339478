"""The network's targets: strokes and beats as arrays on the frame grid."""

from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.performances import Performance

_CLASS = np.array([int(CLASS_OF[a]) for a in Articulation])
# Beats are felt, not struck: their place is known to a few frames only.
_BEAT_WIDTH = 4.0
# Offsets and velocities are taught where a peak may be picked: on the frames beside the stroke.
_NEAR_FRAMES = 0.75


@dataclass(frozen=True)
class Targets:
    """Soft targets of one clip, float32, ``T`` frames; -1 where nothing is asked.

    ``classes`` [8, T], ``onset`` [T], ``beat`` [T], ``downbeat`` [T] are 0..1 with triangular
    slopes about the exact time; ``offset`` and ``velocity`` [8, T] hold where ``near`` [8, T] is 1.
    """

    classes: Float32Array
    onset: Float32Array
    offset: Float32Array
    velocity: Float32Array
    near: Float32Array
    beat: Float32Array
    downbeat: Float32Array

    def stacked(self) -> Float32Array:
        """All rows in one array ``[35, T]``, in the order of the fields."""
        return np.concatenate(
            [
                self.classes,
                self.onset[None],
                self.offset,
                self.velocity,
                self.near,
                self.beat[None],
                self.downbeat[None],
            ]
        )


def make_targets(
    take: Performance,
    frames: int,
    hop_s: float,
    width: float,
    audible: BoolArray | None = None,
) -> Targets:
    """Draw the strokes of ``take`` on a grid of ``frames`` frames of ``hop_s`` seconds.

    Args:
        audible: ``[strokes]``; about the strokes that nobody can hear nothing is asked.
    """
    drawn = _without_strokes(take, frames, hop_s)
    drums = _CLASS[take.articulations]
    heard = np.ones(len(drums), bool) if audible is None else audible
    for time_s, drum in zip(take.times_s[~heard], drums[~heard], strict=True):
        leave_out(drawn.classes[drum], time_s / hop_s, width)
        leave_out(drawn.onset, time_s / hop_s, width)
    strokes = zip(take.times_s[heard], drums[heard], take.velocities[heard], strict=True)
    for time_s, drum, loudness in strokes:
        place = time_s / hop_s
        draw_stroke(drawn.classes[drum], place, width)
        draw_stroke(drawn.onset, place, width)
        first = max(int(np.ceil(place - _NEAR_FRAMES)), 0)
        last = min(int(np.floor(place + _NEAR_FRAMES)) + 1, frames)
        span = slice(first, last)
        drawn.offset[drum, span] = np.clip(place - np.arange(first, last), -0.5, 0.5)
        drawn.velocity[drum, span] = loudness
        drawn.near[drum, span] = 1.0
    return drawn


def _without_strokes(take: Performance, frames: int, hop_s: float) -> Targets:
    """The beats of ``take``, and rows to draw its strokes in."""
    return Targets(
        classes=np.zeros((DRUM_COUNT, frames), np.float32),
        onset=np.zeros(frames, np.float32),
        offset=np.zeros((DRUM_COUNT, frames), np.float32),
        velocity=np.zeros((DRUM_COUNT, frames), np.float32),
        near=np.zeros((DRUM_COUNT, frames), np.float32),
        beat=_draw_all(take.beats_s / hop_s, frames, _BEAT_WIDTH),
        downbeat=_draw_all(take.downbeats_s / hop_s, frames, _BEAT_WIDTH),
    )


def _draw_all(places: Float64Array, frames: int, width: float) -> Float32Array:
    row = np.zeros(frames, np.float32)
    for place in places:
        draw_stroke(row, float(place), width)
    return row


def leave_out(row: Float32Array, place: float, width: float) -> None:
    """Ask nothing within ``width`` frames of frame ``place`` of a row ``[T]``.

    Audible strokes are drawn over it.
    """
    row[max(int(np.ceil(place - width)), 0) : max(int(np.floor(place + width)) + 1, 0)] = -1.0


def draw_stroke(row: Float32Array, place: float, width: float) -> None:
    """Raise ``row`` ``[T]`` to a triangle of half-width ``width`` frames about frame ``place``."""
    first = max(int(np.ceil(place - width)), 0)
    last = min(int(np.floor(place + width)) + 1, len(row))
    if first < last:
        slope = 1.0 - np.abs(np.arange(first, last) - place) / width
        np.maximum(row[first:last], slope, out=row[first:last])
