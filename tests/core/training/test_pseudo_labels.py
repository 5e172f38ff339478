"""Songs that a teacher listened to: what is asked of the student, and what is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import Activations, DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import LogMelSettings
from chart_hero_core.synthesis.clips import ClipSettings
from chart_hero_core.training.clips import pseudo_labels
from chart_hero_core.training.clips.batches import RenderedBatches
from chart_hero_core.training.clips.pseudo_labels import (
    PseudoLabelledSong,
    load_pseudo_labels,
    pseudo_labelled_clips,
    save_pseudo_labels,
)
from chart_hero_core.training.clips.sources import ClipSources, load_materials
from chart_hero_core.training.config import TrainSettings
from tests.core.synthesis.material import write_material

HOP_S = 128 / 22050


def song() -> PseudoLabelledSong:
    """Four seconds: a confident kick every half second, an uncertain ride beside every other."""
    kicks = np.arange(0.25, 4.0, 0.5)
    rides = kicks[::2] + 0.2
    times = np.concatenate([kicks, rides])
    samples = np.zeros(4 * 22050, np.int16)
    for time_s in kicks:
        samples[int(time_s * 22050)] = 20000
    frames = len(samples) // 128 + 1
    return PseudoLabelledSong(
        samples,
        times,
        np.array([int(DrumClass.KICK)] * len(kicks) + [int(DrumClass.RIDE)] * len(rides)),
        np.array([True] * len(kicks) + [False] * len(rides)),
        np.zeros(frames, np.float32),
        np.zeros(frames, np.float32),
    )


def test_confident_peaks_are_targets_and_uncertain_ones_left_out() -> None:
    clips = pseudo_labelled_clips([song()], 2.0, HOP_S, 2.5, seed=3)
    for _ in range(5):
        samples, targets = next(clips)
        assert samples.shape == (44100,)
        assert targets.shape == (35, 345)
        kick, ride = targets[DrumClass.KICK], targets[DrumClass.RIDE]
        assert ((kick >= 0) & (kick <= 1)).all()
        loud = np.flatnonzero(np.abs(samples) > 0.5 * np.abs(samples).max()) / 128
        assert len(loud)
        for place in loud:
            assert kick[round(place)] > 0.4
        assert set(np.unique(ride)) <= {-1.0, 0.0}
        assert (ride == -1).any()
        assert not targets[9:33].any()  # neither offsets nor velocities are asked


def test_teachers_together_are_confident_of_clear_strokes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(_: object, height: float) -> Activations:
        classes = np.zeros((8, 40), np.float32)
        classes[DrumClass.KICK, 10] = height
        classes[DrumClass.RIDE, 20] = height - 0.2
        classes[DrumClass.CRASH, 30] = height - 0.5
        flat = np.zeros(40, np.float32)
        return Activations(
            classes, flat, HOP_S, offset=0 * classes, velocity=classes, beat=flat, downbeat=flat
        )

    monkeypatch.setattr(pseudo_labels, "activations", answer)
    teachers: list[Any] = [0.9, 0.5]
    found = pseudo_labels.label_song(np.zeros(40 * 128, np.float32), teachers)
    # 0.7 is a stroke, 0.5 may be one, 0.2 is none.
    assert found.drums.tolist() == [DrumClass.KICK, DrumClass.RIDE]
    assert found.confident.tolist() == [True, False]
    assert found.times_s.tolist() == pytest.approx([10 * HOP_S, 20 * HOP_S])


def test_damaged_files_give_a_sentence(tmp_path: Path) -> None:
    save_pseudo_labels(song(), tmp_path / "a.npz")
    assert len(load_pseudo_labels(tmp_path)) == 1
    whole = (tmp_path / "a.npz").read_bytes()
    changed = bytearray(whole)
    changed[2000] ^= 1
    for data in (whole[: len(whole) // 2], bytes(changed), b"PK\3\4"):
        (tmp_path / "a.npz").write_bytes(data)
        with pytest.raises(DatasetError, match=r"a\.npz is damaged; remove it"):
            load_pseudo_labels(tmp_path)
    (tmp_path / "a.npz").unlink()
    with pytest.raises(DatasetError, match="no songs with pseudo-labels"):
        load_pseudo_labels(tmp_path)


def test_batches_hold_their_share_of_heard_songs(tmp_path: Path) -> None:
    materials = load_materials(write_material(tmp_path), heldout=False, cache=tmp_path)
    settings = TrainSettings(steps=6, batch=4, clip_s=1.0, pseudo_label_share=0.5)
    sources = ClipSources(materials, ClipSettings(length_s=1.0, pool=2), [song()])

    def rows(first_step: int) -> list[torch.Tensor]:
        batches = RenderedBatches(sources, settings, LogMelSettings(), first_step)
        return [targets for _, targets in batches]

    whole = rows(0)
    # Only heard songs leave strokes out here, and always a ride.
    shares = [(batch[:, DrumClass.RIDE] == -1).any(dim=1).sum().item() for batch in whole]
    assert 4 <= sum(shares) <= 20
    assert all(torch.equal(a, b) for a, b in zip(rows(3), whole[3:], strict=True))
