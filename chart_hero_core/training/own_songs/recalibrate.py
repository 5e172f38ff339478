"""Calibration after fine-tuning: fitted anew on many songs, only shifted on few."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit, logit

from chart_hero_core.base.calibration import Calibration, PresetLevels, Provenance
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.progress import Progress, SilentProgress
from chart_hero_core.decode.candidates import Candidates, prepare
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.infer import activations
from chart_hero_core.training.calibration.fit import fit_calibration
from chart_hero_core.training.calibration.matched_hits import CalibrationSong
from chart_hero_core.training.own_songs.held_out import HeldOutSong, decode_held_out, event_f

# Fewer songs say too little about the rarer drums.
FIT_SONGS, FIT_STROKES = 8, 3000
# All thresholds of a domain move together, in units of the logit; up to 0.5 becomes 0.69 or 0.31.
_SHIFTS = (0.0, -0.2, 0.2, -0.4, 0.4, -0.6, 0.6, -0.8, 0.8)
# What F a shift has to gain: less is noise.
_WORTH = 0.005


def recalibrated(
    checkpoint: Checkpoint,
    songs: Sequence[HeldOutSong],
    provenance: Provenance,
    progress: Progress | None = None,
) -> Checkpoint:
    """``checkpoint`` with calibrations that suit its new weights, judged on validation songs.

    Domains without a song keep theirs. Fitting needs :data:`FIT_SONGS` songs reviewed from end to
    end; with fewer, all thresholds of the old calibration move together to where F is best.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    progress = progress or SilentProgress()
    found = dict(checkpoint.calibrations)
    for domain, old in checkpoint.calibrations.items():
        own = [song for song in songs if song.domain == domain]
        if not own:
            continue
        acts = []
        for song in own:
            progress.check_cancelled()
            acts.append(activations(song.samples, checkpoint))
        whole = [song for song in own if song.reviewed_throughout]
        strokes = sum(len(song.known.times_s) for song in whole)
        if len(whole) == len(own) >= FIT_SONGS and strokes >= FIT_STROKES:
            candidates = [
                CalibrationSong(a, song.known.snapped(a).times_s, song.known.drums.astype(np.intp))
                for song, a in zip(own, acts, strict=True)
            ]
            fitted = fit_calibration(candidates, domain, provenance)
            # Strokes were moved to where the model heard them: they say nothing of its timing.
            found[domain] = replace(fitted, offset_ms=old.offset_ms, micro=_followed(old, fitted))
        else:
            found[domain] = _best_shift(checkpoint, domain, own, [prepare(a) for a in acts])
    return replace(checkpoint, calibrations=found)


def _best_shift(
    checkpoint: Checkpoint,
    domain: Domain,
    songs: Sequence[HeldOutSong],
    candidates: Sequence[Candidates],
) -> Calibration:
    old = checkpoint.calibrations[domain]
    best, best_f = old, -1.0
    for shift in _SHIFTS:
        moved = shifted_levels(old, shift)
        trial = replace(checkpoint, calibrations={domain: moved})
        f = event_f(songs, [decode_held_out(trial, domain, one) for one in candidates])
        if f > best_f + _WORTH:
            best, best_f = moved, f
    return best


def shifted_levels(calibration: Calibration, shift: float) -> Calibration:
    """All thresholds moved by ``shift`` logits, those of the finer hop too."""
    micro = calibration.micro
    return replace(
        calibration,
        presets=_moved(calibration.presets, shift),
        micro=None if micro is None else replace(micro, presets=_moved(micro.presets, shift)),
    )


def _moved(presets: Mapping[str, PresetLevels], shift: float) -> dict[str, PresetLevels]:
    return {
        name: replace(levels, thresholds=tuple(_level(t, shift) for t in levels.thresholds))
        for name, levels in presets.items()
    }


def _level(threshold: float, shift: float) -> float:
    return float(np.clip(expit(_logit(threshold) + shift), 0.02, 0.98))


def _followed(old: Calibration, fitted: Calibration) -> Calibration | None:
    """The old levels of the finer hop, moved as those of the baseline did."""
    if old.micro is None:
        return None
    presets = {}
    for name, levels in old.micro.presets.items():
        before, after = old.presets.get(name), fitted.presets.get(name)
        if before is None or after is None:
            presets[name] = levels
            continue
        changes = [
            _logit(b) - _logit(a) for a, b in zip(before.thresholds, after.thresholds, strict=True)
        ]
        pairs = zip(levels.thresholds, changes, strict=True)
        thresholds = tuple(_level(t, c) for t, c in pairs)
        # Whether drums are playing is asked of both hops alike.
        presets[name] = replace(levels, thresholds=thresholds, presence=after.presence)
    return replace(old.micro, presets=presets)


def _logit(p: float) -> float:
    return float(logit(np.clip(p, 1e-3, 1 - 1e-3)))  # finite for 0 and 1, too
