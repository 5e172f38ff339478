"""Going on with a fine-tuning whose songs or settings are others by now."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from chart_hero_core.base.errors import Cancelled, CheckpointError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.tasks import fine_tune as task
from chart_hero_core.tasks.fine_tune import FineTuneOptions, fine_tune
from chart_hero_core.training.own_songs.held_out import HeldOutSong
from tests.core.tasks.small_tuning import SETTINGS, StopAt, log_of, write_model
from tests.core.training.datasets import dataset_song, write_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "set", 3, 1, 1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "start.safetensors")


@pytest.fixture(autouse=True)
def small_check_set(monkeypatch: pytest.MonkeyPatch) -> None:
    other = [HeldOutSong.of(dataset_song("other", "test", 99))]
    monkeypatch.setattr(task, "check_songs", lambda: other)


def test_a_run_is_never_measured_on_songs_it_learned_from(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    run, options = tmp_path / "run", FineTuneOptions(model, settings=SETTINGS)
    with pytest.raises(Cancelled):
        fine_tune(dataset, run, options, StopAt(3).progress())
    turned = write_dataset(tmp_path / "turned", 1, 3, 1)  # two to learn from are held back now
    with pytest.raises(CheckpointError, match="trained on songs that the dataset now holds out"):
        fine_tune(turned, run, options, SilentProgress())
    moved = dataset.rename(tmp_path / "moved")
    try:
        with pytest.raises(Cancelled):
            fine_tune(moved, run, options, StopAt(5).progress())
    finally:
        moved.rename(dataset)


def test_what_has_ended_does_not_claim_to_know_new_songs(model: Path, tmp_path: Path) -> None:
    options = FineTuneOptions(model, settings=replace(SETTINGS, last_steps=2, all_steps=1))
    few, more = (_with_the_same_held(tmp_path / str(train), train) for train in (2, 4))
    run, paused = tmp_path / "run", tmp_path / "paused"
    fine_tune(few, run, options, SilentProgress())
    with pytest.raises(CheckpointError, match="ended without some of the songs"):
        fine_tune(more, run, options, SilentProgress())
    with pytest.raises(Cancelled):
        fine_tune(few, paused, options, StopAt(1).progress())
    fine_tune(more, paused, options, SilentProgress())  # what has not ended learns from them
    assert len(torch.load(paused / "state", weights_only=True)["learned"]) == 8


def _with_the_same_held(folder: Path, train: int) -> Path:
    """The songs held back come first, so that they are the same whatever ``train``."""
    return write_dataset(folder, train, 1, 1, held_first=True)


def test_looks_at_other_songs_are_not_compared_with_the_old(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(SETTINGS, last_steps=2, all_steps=2, validate_every=1)
    options, run = FineTuneOptions(model, settings=settings), tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr("chart_hero_core.training.own_songs.held_out.event_f", lambda *_: 0.9)
        with pytest.raises(Cancelled):
            fine_tune(_with_the_same_held(tmp_path / "1", 2), run, options, StopAt(1).progress())
    other = write_dataset(tmp_path / "2", 2, 1, 1, held_first=True, first_seed=4)
    scores = iter([0.1, 0.2, 0.3, 0.4])
    measured = "chart_hero_core.training.own_songs.held_out.event_f"
    monkeypatch.setattr(measured, lambda *_: next(scores))
    monkeypatch.setattr(task, "_recalibrated", lambda _data, _songs, learned, *_: learned)
    fine_tune(other, run, options, SilentProgress())
    assert torch.load(run / "state", weights_only=True)["best_f"] == 0.4


@pytest.mark.parametrize("last_steps", [1, 9])
def test_the_first_stage_of_a_run_keeps_its_length(
    dataset: Path, model: Path, tmp_path: Path, last_steps: int
) -> None:
    settings = replace(SETTINGS, last_steps=4, all_steps=2)
    run, options = tmp_path / "run", FineTuneOptions(model, settings=settings)
    with pytest.raises(Cancelled):
        fine_tune(dataset, run, options, StopAt(2).progress())
    changed = FineTuneOptions(model, settings=replace(settings, last_steps=last_steps))
    with pytest.raises(CheckpointError, match="use --last-steps 4 again"):
        fine_tune(dataset, run, changed, SilentProgress())
    longer = FineTuneOptions(model, settings=replace(settings, all_steps=3))
    fine_tune(dataset, run, longer, SilentProgress())
    assert log_of(run)[-1]["step"] == 7
