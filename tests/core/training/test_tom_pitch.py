"""Training of the network that hears the pitch of toms."""

from pathlib import Path

import numpy as np
import pytest
import torch

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.features.stroke_pitch import PITCHES_HZ
from chart_hero_core.model.tom_pitch import TOM_PITCHES_HZ, load_tom_pitch_net
from chart_hero_core.tasks import train_toms as task
from chart_hero_core.tasks.train_toms import train_toms
from chart_hero_core.training.clips.sources import load_materials
from chart_hero_core.training.small_networks.tom_pitch import (
    TomClips,
    TomPitchSettings,
    TomStrokes,
    train_tom_pitch,
)
from tests.core.synthesis.material import write_material


def strokes(count: int = 400) -> TomStrokes:
    """A bump in the rise at the pitch; a third of the strokes are no toms and have none."""
    rng = np.random.default_rng(0)
    place = rng.uniform(8, 30, count)
    place[::3] = -1
    rows = np.full((count, 4, len(PITCHES_HZ)), -1.3, np.float32)
    bump = np.exp(-0.5 * (np.arange(len(PITCHES_HZ)) - place[:, None]) ** 2)
    rows[:, 0] += 2.3 * bump * (place >= 0)[:, None]
    return TomStrokes(rows.astype(np.float32), place)


def test_it_learns_to_hear_pitches_and_what_is_no_tom() -> None:
    learned = strokes()
    settings = TomPitchSettings(steps=250, batch=64)
    net = train_tom_pitch(learned, settings, SilentProgress())
    with torch.inference_mode():
        said = net(torch.from_numpy(learned.spectra)).numpy()
    tom = learned.place >= 0
    assert ((said.argmax(axis=1) == len(TOM_PITCHES_HZ)) == ~tom).mean() > 0.9
    heard = said[tom, : len(TOM_PITCHES_HZ)].argmax(axis=1)
    assert (np.abs(heard - learned.place[tom]) <= 1.5).mean() > 0.9


def test_pitches_are_those_of_the_kit_instance(tmp_path: Path) -> None:
    materials = load_materials(write_material(tmp_path), heldout=False, cache=tmp_path / "cache")
    stream = TomClips(materials, seed=3)
    parts = [stream.strokes() for _ in range(12)]
    place = np.concatenate([part.place for part in parts])
    spectra = np.concatenate([part.spectra for part in parts])
    assert len(place)
    assert spectra.shape == (len(place), 4, len(PITCHES_HZ))
    hz = PITCHES_HZ[0] * 2 ** (place[place >= 0] / 12)
    # The kit's toms ring at 180, 140 and 100 Hz, a kit instance is up to a half higher or lower.
    assert ((hz > 55) & (hz < 300)).all()
    assert (place >= 0).any()
    assert (place < 0).any()


def test_weights_come_out_and_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "TomPitchSettings", lambda: TomPitchSettings(steps=5))
    material = write_material(tmp_path / "material")
    output = train_toms(material, tmp_path / "toms.safetensors", None, 4, SilentProgress())
    net = load_tom_pitch_net(output)
    assert net(torch.zeros(2, 4, len(PITCHES_HZ))).shape == (2, len(TOM_PITCHES_HZ) + 1)


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        train_toms(tmp_path, tmp_path / "toms.safetensors", None, 1, SilentProgress())
