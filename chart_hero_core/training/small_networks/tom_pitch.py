"""Training of the small network that estimates the pitch of toms (``model/tom_pitch.py``).

Takes with toms are played on kit instances whose toms' pitches are measured before they are
struck: in drums alone and under music, with strokes of other drums as what is no tom.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.progress import Progress
from chart_hero_core.features.stroke_pitch import PITCHES_HZ, stroke_spectra
from chart_hero_core.model.tom_pitch import TOM_PITCHES_HZ, TomPitchNet
from chart_hero_core.synthesis import patterns
from chart_hero_core.synthesis.articulations import TOMS, Articulation
from chart_hero_core.synthesis.clips import ClipSettings, ClipStream, Materials
from chart_hero_core.synthesis.kits import pitch_hz
from chart_hero_core.synthesis.performances import Performance
from chart_hero_core.synthesis.render import Voice

_CLIPS = ClipSettings(
    length_s=24.0, drumless_share=0.0, drums_only_share=0.45, tom_spread=0.35, reuse=1, pool=1
)
# Takes are drawn until one has this many tom strokes on two toms or more, for this many times.
_ENOUGH_TOMS, _DRAWS = 8, 25
_MOST_STROKES = 100
# Of the strokes of other drums, apart from any tom's, this share serves as "no tom".
_OTHERS_SHARE, _OTHERS_APART_S = 0.15, 0.03
# Strokes are heard this far from where they are.
_JITTER_S = 0.002
# A pitch counts as right this far around the true one, in steps of a semitone.
_BLUR = 0.7
_SHIFT, _NOISE = 6, 0.05
_NO_TOM = len(TOM_PITCHES_HZ)


@dataclass(frozen=True, slots=True)
class TomPitchSettings:
    """One run. ``clips`` of 24 s are rendered first; the steps draw ``batch`` strokes each."""

    clips: int = 1000
    steps: int = 3000
    batch: int = 256
    learning_rate: float = 3e-3
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        if self.clips < 1:
            raise SettingsError("There must be at least one clip to learn from.")


@dataclass(frozen=True, eq=False)
class TomStrokes:
    """Strokes to learn from: ``spectra`` ``[N, 4, 48]`` and ``place``, the pitch in steps of
    ``PITCHES_HZ`` (-1: no tom), ``[N]``."""

    spectra: Float32Array
    place: Float64Array


class TomClips(ClipStream):
    """Clips of takes with toms; remembers the voices of the kit instance they are played on."""

    def __init__(self, materials: Materials, seed: int) -> None:
        super().__init__(materials, _CLIPS, seed)
        self._voices: Mapping[Articulation, Voice] = {}

    def strokes(self) -> TomStrokes:
        """The strokes of the next clip."""
        rng = self._rng
        clip = self.next()
        pitches = {tom: _pitch_of(self._voices[tom]) for tom in TOMS if tom in self._voices}
        take = clip.take
        place = np.array([pitches.get(Articulation(int(a)), -1.0) for a in take.articulations])
        tom = (place >= 0) & (place < _NO_TOM - 0.5) & clip.audible
        struck_s = take.times_s[np.isin(take.articulations, [int(tom) for tom in TOMS])]
        apart = _distance(take.times_s, struck_s) > _OTHERS_APART_S
        other = apart & (rng.random(len(apart)) < _OTHERS_SHARE)
        chosen = np.flatnonzero(tom | other)[:_MOST_STROKES]
        times_s = take.times_s[chosen] + rng.normal(0, _JITTER_S, len(chosen))
        found = np.where(tom[chosen], place[chosen], -1.0)
        return TomStrokes(stroke_spectra(clip.samples, times_s), found)

    def _kit_instance(self, take: Performance) -> dict[Articulation, Voice]:
        voices = super()._kit_instance(take)
        self._voices = voices
        return voices

    def _take(self) -> tuple[Performance, int]:
        for _ in range(_DRAWS):
            take, start = super()._take()
            counts = np.array([(take.articulations == int(tom)).sum() for tom in TOMS])
            if counts.sum() >= _ENOUGH_TOMS and (counts > 0).sum() > 1:
                break
        return take, start

    def _vary(self, take: Performance, orchestrate: bool) -> Performance:
        if orchestrate and len(take.times_s) and self._rng.random() < 0.35:
            take = patterns.reorchestrate(take, self._rng)
        return patterns.add_flams(take, self._rng)


def _pitch_of(voice: Voice) -> float:
    """The measured pitch, in steps of ``PITCHES_HZ``."""
    hz = pitch_hz((tuple(bright for bright, _ in voice.layers[-1]),))
    return float(12 * np.log2(hz / PITCHES_HZ[0]))


def _distance(times_s: Float64Array, marks_s: Float64Array) -> Float64Array:
    if not len(marks_s):
        return np.full(len(times_s), np.inf)
    found: Float64Array = np.abs(times_s[:, None] - marks_s[None, :]).min(axis=1)
    return found


def render_strokes(
    materials: Materials, settings: TomPitchSettings, progress: Progress
) -> TomStrokes:
    """Strokes of ``settings.clips`` clips.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    stream = TomClips(materials, settings.seed)
    parts: list[TomStrokes] = []
    for index in range(settings.clips):
        progress.check_cancelled()
        progress.report(index / settings.clips, "Rendering tom strokes")
        parts.append(stream.strokes())
    return TomStrokes(
        np.concatenate([part.spectra for part in parts]),
        np.concatenate([part.place for part in parts]),
    )


def train_tom_pitch(
    strokes: TomStrokes, settings: TomPitchSettings, progress: Progress
) -> TomPitchNet:
    """Train on random strokes, moved up or down by up to half an octave.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    rng = np.random.default_rng(settings.seed)
    net = TomPitchNet()
    optimiser = torch.optim.AdamW(net.parameters(), settings.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=settings.steps, pct_start=0.1
    )
    for step in range(settings.steps):
        progress.check_cancelled()
        spectra, target = _batch(strokes, settings.batch, rng)
        loss = -(target * torch.log_softmax(net(spectra), dim=1)).sum(dim=1).mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        if step % 25 == 0:
            progress.report(step / settings.steps, f"Step {step}: {loss.item():.3f}")
    progress.report(1.0, "Done")
    return net.eval()


def _batch(strokes: TomStrokes, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Spectra, and how likely each pitch is to be called right, ``[size, 41]``."""
    index = rng.integers(len(strokes.place), size=size)
    shift = int(rng.integers(-_SHIFT, _SHIFT + 1))
    spectra = _moved(strokes.spectra[index], shift)
    spectra = spectra + _NOISE * rng.standard_normal(spectra.shape, np.float32)
    place = strokes.place[index]
    tom = place >= 0
    moved = np.clip(place + shift, 0, _NO_TOM - 1)
    target = np.zeros((size, _NO_TOM + 1), np.float32)
    bell = np.exp(-0.5 * ((np.arange(_NO_TOM) - moved[:, None]) / _BLUR) ** 2)
    target[:, :_NO_TOM] = bell / bell.sum(axis=1, keepdims=True) * tom[:, None]
    target[:, _NO_TOM] = ~tom
    # What was moved off the scale is left out.
    target *= (~tom | (place + shift == moved))[:, None]
    return torch.from_numpy(spectra), torch.from_numpy(target)


def _moved(spectra: Float32Array, steps: int) -> Float32Array:
    """All pitches ``steps`` semitones higher; what comes in at the end repeats the last one."""
    places = np.clip(np.arange(spectra.shape[2]) - steps, 0, spectra.shape[2] - 1)
    return np.ascontiguousarray(spectra[:, :, places])
