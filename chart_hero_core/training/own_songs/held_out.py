"""Held-out songs, which are only measured on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.dataset.shards import DatasetSong
from chart_hero_core.decode.candidates import Candidates, prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.presets import DEFAULT_PRESET, calibrated, load_preset
from chart_hero_core.evaluation.beat_files import map_of_beats
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.features.level import to_reference_level
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.infer import activations
from chart_hero_core.timing.tempo_map import TempoMap
from chart_hero_core.training.own_songs.known_strokes import KnownStrokes, Span, within
from chart_hero_core.training.own_songs.training_clips import known_of, shifted

# The customary window; charts lie on the grid, so a narrower one would measure the drummer.
TOLERANCE_S = 0.05
# So much at the start and the end of a song need not have been looked at.
_EDGE_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutSong:
    """Audio at the reference level, what is known of it, and the grid of its chart."""

    name: str
    domain: Domain
    samples: Float32Array
    known: KnownStrokes
    tempo_map: TempoMap

    @staticmethod
    def of(song: DatasetSong) -> "HeldOutSong":
        """From a dataset; a song without beats gets a plain grid."""
        downs = set(np.round(song.downbeats_s, 4).tolist())
        beats: list[tuple[float, int]] = []
        for time_s in song.beats_s[song.beats_s >= 0].tolist():
            first = round(time_s, 4) in downs or not beats
            beats.append((time_s, 1 if first else beats[-1][1] + 1))
        tempo_map = map_of_beats(beats) if len(beats) > 1 else TempoMap()
        samples = to_reference_level(song.samples)
        return HeldOutSong(song.song_id, song.domain, samples, known_of(song), tempo_map)

    @property
    def reviewed_throughout(self) -> bool:
        """Whether one passage is all of the audio: every hit is right or wrong."""
        if len(self.known.reviewed_s) != 1:
            return False
        start_s, end_s = self.known.reviewed_s[0]
        return start_s <= _EDGE_S and end_s >= len(self.samples) / SAMPLE_RATE - _EDGE_S

    def strokes_in(self, span: Span) -> list[Hit]:
        """The true strokes of a passage."""
        inside = within(self.known.times_s, (span,))
        return [
            Hit(float(time_s), DrumClass(int(drum)))
            for time_s, drum in zip(
                self.known.times_s[inside], self.known.drums[inside], strict=True
            )
        ]

    def excerpt(self, seconds: float) -> "HeldOutSong":
        """The first ``seconds`` from where it is reviewed; strokes and audio, not the grid."""
        start_s = self.known.reviewed_s[0][0] if self.known.reviewed_s else 0.0
        start, length = int(start_s * SAMPLE_RATE), int(seconds * SAMPLE_RATE)
        known = shifted(self.known, start / SAMPLE_RATE, length / SAMPLE_RATE)
        samples = self.samples[start : start + length].copy()  # a view would keep the whole song
        return HeldOutSong(self.name, self.domain, samples, known, TempoMap())


def transcribe_held_out(checkpoint: Checkpoint, song: HeldOutSong) -> list[Hit]:
    """A model's hits with default knobs, at the baseline hop."""
    return decode_held_out(checkpoint, song.domain, prepare(activations(song.samples, checkpoint)))


def decode_held_out(checkpoint: Checkpoint, domain: Domain, candidates: Candidates) -> list[Hit]:
    """The hits of a song, by the checkpoint's calibration."""
    calibration = checkpoint.calibrations.get(domain)
    plan = calibrated(load_preset(DEFAULT_PRESET), calibration, DEFAULT_PRESET)
    return decode(candidates, plan, calibration)


def pair_counts(truth: Sequence[Hit], predicted: Sequence[Hit]) -> tuple[int, int, int]:
    """Pairs within :data:`TOLERANCE_S`, strokes, hits; over all drums."""
    pairs = 0
    for drum in DrumClass:
        one, other = (
            np.sort(np.array([hit.time_s for hit in side if hit.drum == drum], np.float64))
            for side in (truth, predicted)
        )
        pairs += len(match_times(one, other, TOLERANCE_S)[0])
    return pairs, len(truth), len(predicted)


def event_f(songs: Sequence[HeldOutSong], predicted: Sequence[Sequence[Hit]]) -> float:
    """F over all reviewed passages of some songs."""
    total = np.zeros(3)
    for song, hits in zip(songs, predicted, strict=True):
        for span in song.known.reviewed_s:
            inside = [hit for hit in hits if span[0] <= hit.time_s < span[1]]
            total += pair_counts(song.strokes_in(span), inside)
    return float(2 * total[0] / max(total[1] + total[2], 1))
