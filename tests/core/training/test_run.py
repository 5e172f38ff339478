"""Training runs: they learn, refuse foreign state, and are measured and ended on the way."""

import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import CheckpointError, DatasetError, StorageError
from chart_hero_core.base.locks import exclusive
from chart_hero_core.base.progress import CallbackProgress
from chart_hero_core.cli import main
from chart_hero_core.model.checkpoint import load_checkpoint
from chart_hero_core.synthesis.clips import Materials
from chart_hero_core.tasks import train as train_task
from chart_hero_core.training.clips.sources import load_materials
from chart_hero_core.training.run import early_stopping
from chart_hero_core.training.run.snapshots import STATE_FILE, WEIGHTS_FILE
from chart_hero_core.training.run.validation import (
    Measurement,
    ValidationSong,
    measure,
    render_validation,
)
from tests.core.synthesis.material import write_material
from tests.core.training.small import log_of, run

pytestmark = pytest.mark.filterwarnings("ignore::Warning:lightning", "ignore::Warning:torch")


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    root = write_material(tmp_path_factory.mktemp("material"))
    return load_materials(root, heldout=False, cache=tmp_path_factory.mktemp("cache"))


def test_training_lowers_the_loss(materials: Materials, tmp_path: Path) -> None:
    path = run(materials, tmp_path, steps=100, warmup=5, learning_rate=5e-3, log_every=50)
    lines = log_of(tmp_path)
    assert [line["step"] for line in lines] == [50, 100]
    assert lines[1]["loss"] < 0.8 * lines[0]["loss"]
    assert load_checkpoint(path).provenance["step"] == 100


def test_an_interruption_is_one_to_the_caller_too(materials: Materials, tmp_path: Path) -> None:
    def interrupt(_fraction: float, _message: str) -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(materials, tmp_path, CallbackProgress(interrupt))
    finally:
        signal.signal(signal.SIGINT, before)  # Lightning ignores it from then on


def test_foreign_state_is_refused(materials: Materials, tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_bytes(b"not a state")
    with pytest.raises(CheckpointError, match="damaged"):
        run(materials, tmp_path)
    torch.save({"other": 1}, tmp_path / STATE_FILE)
    with pytest.raises(CheckpointError, match="damaged"):
        run(materials, tmp_path)
    state = {"step": 1, "network": {}, "averaged": {}, "optimiser": {}}
    torch.save(state, tmp_path / STATE_FILE)
    with pytest.raises(CheckpointError, match="another network"):
        run(materials, tmp_path)


def test_another_run_in_the_folder_is_left_alone(
    materials: Materials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exclusive(tmp_path / "run.lock"):
        with pytest.raises(StorageError, match="Another program is learning in"):
            run(materials, tmp_path)
        assert not (tmp_path / STATE_FILE).exists()
        # On the other machines of one training the first one holds the folder.
        monkeypatch.setenv("NODE_RANK", "1")
        assert run(materials, tmp_path).exists()


def test_a_run_that_no_longer_improves_ends(
    materials: Materials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.2, 0.5, 0.4, 0.3, 0.9])
    monkeypatch.setattr(early_stopping, "measure", lambda *_: Measurement(next(scores), 0.5, 0.4))
    song = ValidationSong(np.zeros(22050, np.float32), np.zeros(0), np.zeros(0, np.intp), ())
    run(materials, tmp_path, validation=[song], steps=50, validate_minutes=1e-9, patience=2)
    measured = [line for line in log_of(tmp_path) if "event_f" in line]
    assert [line["event_f"] for line in measured] == [0.2, 0.5, 0.4, 0.3]
    assert [line["without_progress"] for line in measured] == [0, 0, 1, 2]
    assert (
        load_checkpoint(tmp_path / early_stopping.BEST_FILE).provenance["step"]
        == measured[1]["step"]
    )
    state = torch.load(tmp_path / STATE_FILE, weights_only=True)
    assert state["step"] == measured[-1]["step"] < 50
    assert state["measured"] == {"best": pytest.approx(0.5), "without_progress": 2.0}


def test_validation_songs_are_the_same_each_time_and_hold_64ths(materials: Materials) -> None:
    one, two = (render_validation(materials, 2) for _ in range(2))
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(one, two, strict=True))
    for song in one:
        assert len(song.rolls) == 3
        for roll in song.rolls:
            times = song.times_s[song.drums == int(roll.drum)]
            inside = times[(times >= roll.start_s - 1e-6) & (times <= roll.end_s + 1e-6)]
            assert len(inside) == 16
            bpm = 60 / np.diff(inside).mean() / 16
            assert 179 < bpm < 241
    nothing = Materials(materials.kits, materials.grooves, [], materials.backing)
    with pytest.raises(DatasetError, match="no held-out charts"):
        render_validation(nothing, 1)


def test_the_shipped_weights_are_measured(materials: Materials) -> None:
    """The figures are those of what was found: all kicks, snares and hats of the test's kit."""
    (song,) = render_validation(materials, 1)
    found = measure(load_checkpoint(), [song])
    assert 0.3 < found.event_f <= 1
    assert 0 <= found.recall_64ths <= 1
    silent = ValidationSong(np.zeros_like(song.samples), song.times_s, song.drums, song.rolls)
    assert measure(load_checkpoint(), [silent]).event_f == 0
    assert DrumClass.KICK in song.drums


def test_the_command_trains_with_the_fine_preset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything the preset switches on, and gradient checkpointing, with the real network."""
    monkeypatch.setattr(train_task, "user_cache_dir", lambda: tmp_path / "cache")
    root, folder = write_material(tmp_path / "material"), tmp_path / "run"
    quick = ["--steps", "2", "--batch", "2", "--clip-s", "1", "--workers", "0"]
    watched = ["--validate-minutes", "1e-9", "--validation-songs", "1", "--log-every", "1"]
    fine = ["--preset", "local_highres", "--checkpoint-gradients", "1", "--accelerator", "cpu"]
    assert main(["train", str(root), "-o", str(folder), *quick, *watched, *fine]) == 0
    lines = log_of(folder)
    assert [line["step"] for line in lines if "loss" in line] == [1, 2]
    assert [line["step"] for line in lines if "event_f" in line] == [1, 2]
    provenance = load_checkpoint(folder / WEIGHTS_FILE).provenance
    assert provenance["training"]["focal_alpha"] == 0.25
    assert provenance["training"]["checkpoint_gradients"] == 1
