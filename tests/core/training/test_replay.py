"""Steps between two rendered batches: on clips of before, in another tone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chart_hero_core.base.errors import SettingsError
from chart_hero_core.features.logmel import LogMelSettings, log_mel
from chart_hero_core.model.network import SIZES, DrumNetwork, NetworkSettings
from chart_hero_core.synthesis.clips import Materials
from chart_hero_core.training.clips.batches import RenderedBatches, WithReplays
from chart_hero_core.training.clips.replay import Replays, in_another_tone
from chart_hero_core.training.clips.sources import ClipSources, load_materials
from chart_hero_core.training.config import TrainSettings
from tests.core.synthesis.material import write_material
from tests.core.training.small import CLIPS, log_of, run, settings_for

pytestmark = pytest.mark.filterwarnings("ignore::Warning:lightning", "ignore::Warning:torch")


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    root = write_material(tmp_path_factory.mktemp("material"))
    return load_materials(root, heldout=False, cache=tmp_path_factory.mktemp("cache"))


def test_the_last_clips_are_kept_with_their_targets() -> None:
    memory = Replays(3)
    for number in range(5):
        clip = torch.full((1, 3, 8, 96), 0.1 * number, dtype=torch.float16)
        memory.remember(clip, torch.full((1, 35, 8), float(number)))
    assert len(memory) == 3
    features, targets = memory.draw(60)
    assert features.shape == (60, 3, 8, 96)
    assert features.dtype == torch.float32
    assert set(targets[:, 0, 0].tolist()) == {2.0, 3.0, 4.0}


def test_another_tone_is_that_of_an_equaliser() -> None:
    """One gain a band and clip, the same in all frames and windows; silence stays silent."""
    samples = np.random.default_rng(1).normal(0, 0.1, 22050).astype(np.float32)
    samples[: 22050 // 2] = 0
    features = torch.from_numpy(log_mel(samples))[None].repeat(4, 1, 1, 1)
    torch.manual_seed(2)
    altered = in_another_tone(features)
    assert (altered[:, :, :70] == 0).all()
    gains = torch.expm1(altered[:, :, 100:] / 0.2) / torch.expm1(features[:, :, 100:] / 0.2)
    across_frames = gains.std(dim=2) / gains.mean(dim=2)
    assert across_frames.max() < 1e-3
    decibels = 20 * gains[:, 0, 0].log10()
    assert 1 < float(decibels.std()) < 8
    assert float((decibels[:, 1:] - decibels[:, :-1]).abs().max()) < 2
    # An equaliser's gain of 6 dB on audio is what is put onto the features.
    louder = torch.from_numpy(log_mel(2 * samples))
    lifted = torch.log1p(2 * torch.expm1(features[0] / 0.2)) * 0.2
    torch.testing.assert_close(lifted, louder, atol=1e-4, rtol=1e-4)


def test_rendered_batches_are_fewer_and_empty_ones_stand_between(materials: Materials) -> None:
    settings = settings_for(steps=8, replays=2)
    sources = ClipSources(materials, CLIPS)
    batches = RenderedBatches(sources, settings, LogMelSettings())
    sizes = [len(batch[0]) for batch in WithReplays(batches, 2)]
    assert sizes == [2, 0, 0, 2, 0, 0, 2, 0, 0]
    plain = RenderedBatches(sources, settings_for(steps=3), LogMelSettings())
    for fresh, usual in zip(batches, plain, strict=True):
        torch.testing.assert_close(fresh[0], usual[0])


def test_a_resumed_run_has_batches_for_all_steps_that_are_left(materials: Materials) -> None:
    settings = settings_for(steps=8, replays=3)
    sources = ClipSources(materials, CLIPS)
    for first in range(8):
        batches = RenderedBatches(sources, settings, LogMelSettings(), first)
        assert sum(1 for _ in WithReplays(batches, 3)) >= 8 - first


def test_a_run_with_replays_learns_and_counts_every_step(
    materials: Materials, tmp_path: Path
) -> None:
    values: dict[str, Any] = {
        "steps": 60,
        "replays": 3,
        "warmup": 5,
        "learning_rate": 5e-3,
        "log_every": 20,
    }
    run(materials, tmp_path, **values)
    lines = log_of(tmp_path)
    assert [line["step"] for line in lines] == [20, 40, 60]
    assert lines[-1]["loss"] < 0.9 * lines[0]["loss"]


def test_a_run_by_the_clock_ends_with_its_rate_at_zero(
    materials: Materials, tmp_path: Path
) -> None:
    run(materials, tmp_path, steps=100_000, minutes=0.05, log_every=1, snapshot_minutes=99)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert 2 < state["step"] < 100_000
    assert 3 <= state["seconds"] < 60
    rate = state["optimiser"]["param_groups"][0]["lr"]
    assert rate < 0.1 * TrainSettings().learning_rate


def test_replays_and_gradients_of_several_batches_exclude_each_other() -> None:
    with pytest.raises(SettingsError, match="together"):
        TrainSettings(replays=1, accumulate=2)


def test_every_size_of_network_can_be_asked_for_and_grows_out_of_the_one_before() -> None:
    shapes = [
        NetworkSettings.for_features(LogMelSettings(), TrainSettings(network=size).network)
        for size in SIZES
    ]
    with torch.device("meta"):
        counts = [sum(p.numel() for p in DrumNetwork(shape).parameters()) for shape in shapes]
    assert counts == sorted(counts)
    assert shapes[1].dilations[: len(shapes[0].dilations)] == shapes[0].dilations
    with pytest.raises(SettingsError, match="standard or large"):
        TrainSettings(network="vast")
