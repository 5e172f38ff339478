"""What the model heard, kept for the next time."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chart_hero_app.document import detection_store
from chart_hero_app.document.detection import Detection
from chart_hero_app.document.detection_store import recall, store, stored_path
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.drums import ContextCorrections
from chart_hero_core.tasks.model_files import rename_model
from chart_hero_core.tasks.models import add_model
from tests.app.songs import HOP_S, activations, rock_beat
from tests.core.tasks.checkpoints import write_tiny_checkpoint

CLIP = AudioClip(np.linspace(-0.5, 0.5, 2000, dtype=np.float32), 22_050)


def heard() -> Detection:
    """With a passage at the fine hop and a calibration."""
    fine = replace(activations(rock_beat(1), 1.0), hop_s=HOP_S / 2, start_s=2.0)
    moves = ContextCorrections(np.array([0.5, 1.25]), np.ones((2, 8), np.float32), 0.025)
    toms = (140.0, 110.0, 82.5)
    whole = activations(rock_beat())
    harmony = np.linspace(-2, 3, whole.frames, dtype=np.float32)
    whole = replace(whole, spans=(fine,), tom_pitches_hz=toms, corrections=moves, harmony=harmony)
    return Detection(whole, "drums", Calibration(), "default")


def test_it_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    store(heard(), path)
    found = recall(path)
    assert found is not None
    assert (found.domain, found.model) == ("drums", "default")
    assert found.calibration == Calibration()
    np.testing.assert_allclose(found.activations.classes, heard().activations.classes, atol=5e-4)
    assert found.activations.hop_s == HOP_S
    assert found.activations.spans[0].start_s == 2.0
    assert found.activations.spans[0].hop_s == HOP_S / 2
    assert found.activations.offset is None
    assert found.activations.harmony is not None
    np.testing.assert_allclose(found.activations.harmony[[0, -1]], [-2, 3])
    assert found.activations.tom_pitches_hz == (140.0, 110.0, 82.5)
    assert found.activations.corrections is not None
    assert found.activations.corrections.reach_s == 0.025
    np.testing.assert_array_equal(found.activations.corrections.times_s, [0.5, 1.25])
    np.testing.assert_array_equal(found.activations.corrections.log_odds, np.ones((2, 8)))
    assert len(found.candidates) == len(heard().candidates)


def test_it_comes_back_for_a_model_with_a_new_name(tmp_path: Path) -> None:
    add_model(write_tiny_checkpoint(tmp_path / "one.safetensors"), use=True)
    path = stored_path(CLIP, "mix", None)
    store(replace(heard(), model="one + this kit"), path)
    rename_model("one", "two")
    assert stored_path(CLIP, "mix", None) == path
    found = recall(path)
    assert found is not None
    assert found.model == "two + this kit"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY", b"x" * 1000])
def test_damage_means_not_there(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.npz"
    assert recall(path) is None
    path.write_bytes(data)
    assert recall(path) is None


def test_half_a_file_means_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    store(heard(), path)
    path.write_bytes(path.read_bytes()[:-200])
    assert recall(path) is None


def test_a_file_without_any_curves_means_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    told = {"version": detection_store.VERSION, "parts": [], "moves_reach_s": None}
    header = {**told, "calibration": None, "tom_pitches_hz": None, "domain": "mix", "model": ""}
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8))
    assert recall(path) is None


def test_pickles_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, header=np.array([{"version": 1}], dtype=object), allow_pickle=True)
    assert recall(path) is None


def test_another_sound_domain_or_model_is_another_file(tmp_path: Path) -> None:
    model = tmp_path / "m.safetensors"
    model.write_bytes(b"1")
    louder = AudioClip(CLIP.samples * 2, CLIP.sample_rate)
    paths = {
        stored_path(CLIP, "mix", None),
        stored_path(CLIP, "drums", None),
        stored_path(louder, "mix", None),
        stored_path(CLIP, "mix", model),
    }
    status = model.stat()
    model.write_bytes(b"2")
    os.utime(model, ns=(status.st_atime_ns, status.st_mtime_ns))
    paths.add(stored_path(CLIP, "mix", model))
    assert len(paths) == 5
    assert stored_path(CLIP, "mix", None) in paths


def test_the_oldest_make_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection_store, "MAX_FILES", 2)
    small = Detection(activations([], 0.1))
    for number in range(4):
        path = tmp_path / f"{number}.npz"
        store(small, path)
        os.utime(path, (number + 1, number + 1))
    store(small, tmp_path / "new.npz")
    assert {path.name for path in tmp_path.iterdir()} == {"3.npz", "new.npz"}


def test_new_shipped_weights_are_listened_with_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "default.safetensors"
    weights.write_bytes(b"old")
    monkeypatch.setattr(detection_store, "chosen_checkpoint", lambda: weights)
    before = stored_path(CLIP, "drums", None)
    assert stored_path(CLIP, "drums", None) == before
    weights.write_bytes(b"newer")
    assert stored_path(CLIP, "drums", None) != before
