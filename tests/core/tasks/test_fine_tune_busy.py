"""A folder that another program learns in is refused before anything is loaded."""

from pathlib import Path

import pytest

from chart_hero_core.base.errors import CheckpointError, StorageError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.tasks import fine_tune as task
from chart_hero_core.tasks.fine_tune import FineTuneOptions, fine_tune
from chart_hero_core.training.run.files import alone_in


def test_the_lock_is_looked_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "load_chosen", lambda _: pytest.fail("the model was loaded"))
    run = tmp_path / "run"
    with alone_in(run), pytest.raises(StorageError, match="Another program is learning in"):
        fine_tune(tmp_path / "dataset", run, FineTuneOptions(), SilentProgress())


def test_a_model_that_is_not_there_leaves_no_folder(tmp_path: Path) -> None:
    options = FineTuneOptions(tmp_path / "none.safetensors")
    with pytest.raises(CheckpointError):
        fine_tune(tmp_path / "dataset", tmp_path / "run", options, SilentProgress())
    assert list(tmp_path.iterdir()) == []
