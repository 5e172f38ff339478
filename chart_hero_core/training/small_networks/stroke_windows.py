"""Training examples for the network over drum hits: augmented excerpts of songs.

Strokes are disturbed the way a detector's are: late and early by milliseconds, missed (whole
hi-hat lines or passages at times), taken for another drum (cymbals for cymbals, toms for toms),
invented.
"""

from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, Int64Array
from chart_hero_core.base.drums import CYMBALS, DRUM_COUNT, TOMS, DrumClass, Hit
from chart_hero_core.timing.hit_beats import FRAME_S, raster
from chart_hero_core.timing.hit_tempo import TEMPO_CLASSES, TEMPO_STEP, tempo_classes
from chart_hero_core.training.small_networks.stroke_songs import StrokeSong

# Further from any stroke beats are unknown.
_KNOWN_S = 1.0
_PACE_SPREAD = 0.2
_DROWNED_ODDS, _DROWNED_S = 0.2, (1.0, 6.0)
# Confidences are drawn from a beta distribution of this and of the drum's uncertainty. The model's
# means on rendered songs: kick .97, snare .9, hats .85, ride .75, toms and crash .45.
_CONFIDENCE_SHAPE = 4.0
_USUAL_UNCERTAINTY = (0.3, 6.0)
_UNCERTAINTY_OF = {
    DrumClass.KICK: (0.04, 0.5),
    DrumClass.SNARE: (0.1, 1.0),
    DrumClass.HIHAT: (0.2, 1.5),
    DrumClass.RIDE: (0.3, 3.0),
}
_CYMBALS, _TOMS = [int(d) for d in CYMBALS], [int(d) for d in TOMS]


@dataclass(frozen=True)
class Window:
    """One example of ``T`` frames.

    Attributes:
        strokes: the network's input, ``[8, T]``.
        targets: beat and bar line, ``[2, T]``.
        known: 1 where the truth can be told, ``[T]``.
        tempo: the share of each tempo class at every fourth frame, ``[TEMPO_CLASSES, T / 4]``;
            all 0 where there is no beat to tell it by.
    """

    strokes: Float32Array
    targets: Float32Array
    known: Float32Array
    tempo: Float32Array


def window(song: StrokeSong, frames: int, rng: np.random.Generator) -> Window:
    """A random stretch of ``song`` in frames of 20 ms, faster or slower."""
    pace = float(np.exp(rng.uniform(-_PACE_SPREAD, _PACE_SPREAD)))
    length_s = frames * FRAME_S * pace
    first_s, last_s = song.times_s[0] - 0.5, song.times_s[-1] + 0.5
    start_s = first_s + rng.uniform() * max(last_s - first_s - length_s, 0.0)
    start_s -= rng.uniform(0, 2 * FRAME_S)
    inside = (song.times_s >= start_s) & (song.times_s < start_s + length_s)
    times_s = (song.times_s[inside] - start_s) / pace
    hits = disturbed(times_s, song.drums[inside], song.velocities[inside], rng)
    inside = (song.beats_s >= start_s) & (song.beats_s < start_s + length_s)
    beats = (song.beats_s[inside] - start_s) / pace / FRAME_S
    targets = np.stack([_curve(beats, frames), _curve(beats[song.downs[inside]], frames)])
    known = _near(times_s / FRAME_S, frames, _KNOWN_S / FRAME_S)
    return Window(raster(hits, frames), targets, known, _tempo(beats * FRAME_S, frames))


def _curve(places: Float64Array, frames: int) -> Float32Array:
    """1 at the frame of each place, 0.5 beside it."""
    row = np.zeros(frames + 2, np.float32)
    at = np.rint(places).astype(np.int64) + 1
    at = at[(at > 0) & (at <= frames)]
    for shift in (-1, 1):
        row[at + shift] = np.maximum(row[at + shift], 0.5)
    row[at] = 1.0
    return row[1:-1]


def _tempo(beats_s: Float64Array, frames: int) -> Float32Array:
    """The tempo at every fourth frame, shared between the two nearest classes."""
    steps = frames // TEMPO_STEP
    found = np.zeros((TEMPO_CLASSES, steps), np.float32)
    if len(beats_s) < 3:
        return found
    times_s = np.arange(steps) * TEMPO_STEP * FRAME_S
    beat = np.searchsorted(beats_s, times_s, side="right") - 1
    has_tempo = (beat >= 0) & (beat < len(beats_s) - 1)
    # The half beat that ends a bar of seven eighths is no change of tempo.
    lengths = np.pad(np.diff(beats_s), 1, mode="edge")
    lengths = np.median(np.stack([lengths[:-2], lengths[1:-1], lengths[2:]]), axis=0)
    place = tempo_classes(lengths[beat[has_tempo]])
    below = np.minimum(place.astype(np.int64), TEMPO_CLASSES - 2)
    at = np.flatnonzero(has_tempo)
    found[below, at] = 1 - (place - below)
    found[below + 1, at] = place - below
    return found


def _near(places: Float64Array, count: int, reach: float) -> Float32Array:
    """1 within ``reach`` of a place."""
    marks = np.zeros(count + 1)
    np.add.at(marks, np.clip(places - reach, 0, count).astype(np.int64), 1)
    np.add.at(marks, np.clip(places + reach, 0, count).astype(np.int64), -1)
    return (np.cumsum(marks)[:-1] > 0).astype(np.float32)


def disturbed(
    times_s: Float64Array,
    drums: Int64Array,
    velocities: Float64Array,
    rng: np.random.Generator,
) -> list[Hit]:
    """Strokes as an imperfect detector would predict them; its quality is random.

    Args:
        times_s, drums, velocities: the true ones, ``[M]``; velocities 0..1 or not-a-number.
    """
    drums = _mistaken(drums, rng)
    heard = rng.random(len(drums)) >= _missed_share(rng)[drums]
    heard &= ~_drowned(times_s, drums, rng)
    times_s, drums, velocities = times_s[heard], drums[heard], velocities[heard]
    times_s = times_s + rng.normal(0, rng.uniform(0.001, 0.009), len(times_s))
    loudness = np.where(np.isnan(velocities), rng.normal(0.75, 0.12, len(drums)), velocities)
    if rng.random() < 0.3:
        loudness = np.ones(len(drums))
    confidence = rng.beta(_CONFIDENCE_SHAPE, _uncertainty(rng)[drums])
    count = int(len(times_s) * rng.uniform(0, 0.08))
    if count:
        # Half of what is invented stands with another stroke.
        apart_s = rng.choice([0.0, 1.0], count) * rng.uniform(-1, 1, count)
        times_s = np.concatenate([times_s, rng.choice(times_s, count) + apart_s])
        drums = np.concatenate([drums, rng.integers(0, DRUM_COUNT, count)])
        loudness = np.concatenate([loudness, rng.uniform(0.2, 0.8, count)])
        confidence = np.concatenate([confidence, rng.uniform(0.3, 0.8, count)])
    return [
        Hit(float(t), DrumClass(int(d)), float(c), float(v))
        for t, d, c, v in zip(times_s, drums, confidence, np.clip(loudness, 0, 1), strict=True)
    ]


def _uncertainty(rng: np.random.Generator) -> Float64Array:
    """How unsure the detector is of each drum: of toms and crashes more than of the others."""
    least, most = np.array([_UNCERTAINTY_OF.get(drum, _USUAL_UNCERTAINTY) for drum in DrumClass]).T
    found: Float64Array = np.exp(rng.uniform(np.log(least), np.log(most)))
    return found


def _missed_share(rng: np.random.Generator) -> Float64Array:
    """How much of each drum goes unheard."""
    share = rng.uniform(0, 0.06) + rng.beta(0.4, 6, DRUM_COUNT)
    if rng.random() < 0.25:
        share[_CYMBALS] += rng.beta(1, 2, len(_CYMBALS))
    found: Float64Array = np.minimum(share, 0.9)
    return found


def _drowned(times_s: Float64Array, drums: Int64Array, rng: np.random.Generator) -> BoolArray:
    """Strokes of a passage of some seconds in which the music drowns some of the drums."""
    if not len(times_s) or rng.random() > _DROWNED_ODDS:
        return np.zeros(len(times_s), np.bool_)
    start_s = rng.choice(times_s)
    length_s = rng.uniform(*_DROWNED_S)
    lost = rng.random(DRUM_COUNT) < rng.choice([0.4, 1.0])
    found: BoolArray = (times_s >= start_s) & (times_s < start_s + length_s) & lost[drums]
    return found


def _mistaken(drums: Int64Array, rng: np.random.Generator) -> Int64Array:
    """Some strokes taken for another drum of the same kind, or a whole line of them."""
    found = drums.copy()
    for family, share in ((_CYMBALS, rng.beta(0.5, 4)), (_TOMS, rng.beta(0.7, 3))):
        wrong = np.isin(drums, family) & (rng.random(len(drums)) < share)
        found[wrong] = rng.choice(family, int(wrong.sum()))
    if rng.random() < 0.15:
        one, other = rng.choice(_CYMBALS, 2, replace=False)
        found[drums == one] = other
    as_tom = (found == int(DrumClass.SNARE)) & (rng.random(len(drums)) < rng.beta(0.4, 8))
    found[as_tom] = rng.choice(_TOMS, int(as_tom.sum()))
    return found
