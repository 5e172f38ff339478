"""Training runs: resumed where they were killed, on the same curve; foreign state is refused."""

import json
from pathlib import Path

import pytest
import torch

from chart_hero_core.base.errors import Cancelled, CheckpointError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.model.checkpoint import load_checkpoint
from chart_hero_core.model.network import NetworkSettings
from chart_hero_core.synthesis.clips import ClipSettings, Materials
from chart_hero_core.training.batches import load_materials
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.keeper import LOG_FILE, STATE_FILE
from chart_hero_core.training.run import train
from tests.core.synthesis.material import write_material

pytestmark = pytest.mark.filterwarnings("ignore::Warning:lightning", "ignore::Warning:torch")
NETWORK = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=8, skip_width=4)
CLIPS = ClipSettings(length_s=1.0, pool=4)


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    root = write_material(tmp_path_factory.mktemp("material"))
    return load_materials(root, heldout=False, cache=tmp_path_factory.mktemp("cache"))


def settings_for(steps: int) -> TrainSettings:
    return TrainSettings(steps=steps, batch=2, clip_s=1.0, workers=0, warmup=2)


def run(materials: Materials, folder: Path, stop_at: int | None = None) -> dict[str, torch.Tensor]:
    seen: list[float] = []
    progress = CallbackProgress(
        lambda fraction, _: seen.append(fraction),
        lambda: stop_at is not None and len(seen) >= stop_at,
    )
    path = train(materials, settings_for(8), folder, progress, clips=CLIPS, network=NETWORK)
    return load_checkpoint(path).network.state_dict()


def test_a_killed_run_ends_where_an_unbroken_one_does(materials: Materials, tmp_path: Path) -> None:
    whole = run(materials, tmp_path / "whole")
    with pytest.raises(Cancelled):
        run(materials, tmp_path / "broken", stop_at=3)
    state = torch.load(tmp_path / "broken" / STATE_FILE, weights_only=True)
    assert state["step"] == 3
    resumed = run(materials, tmp_path / "broken")
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=1e-3, atol=1e-3)


def test_training_lowers_the_loss(materials: Materials, tmp_path: Path) -> None:
    settings = TrainSettings(
        steps=100, batch=2, clip_s=1.0, workers=0, warmup=5, learning_rate=5e-3
    )
    path = train(materials, settings, tmp_path, SilentProgress(), clips=CLIPS, network=NETWORK)
    lines = [json.loads(line) for line in (tmp_path / LOG_FILE).read_text().splitlines()]
    assert [line["step"] for line in lines] == [50, 100]
    assert lines[1]["loss"] < 0.8 * lines[0]["loss"]
    assert load_checkpoint(path).provenance["step"] == 100


def test_foreign_state_is_refused(materials: Materials, tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_bytes(b"not a state")
    with pytest.raises(CheckpointError, match="damaged"):
        run(materials, tmp_path)
    state = {
        "step": 1,
        "network": {},
        "averaged": {},
        "optimiser": {},
        "rng": torch.get_rng_state(),
    }
    torch.save(state, tmp_path / STATE_FILE)
    with pytest.raises(CheckpointError, match="another network"):
        run(materials, tmp_path)
