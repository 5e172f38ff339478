"""Training of the network for the context of a song."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import Cancelled, DatasetError
from chart_hero_core.base.locks import exclusive
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.model.checkpoint import load_checkpoint, save_checkpoint
from chart_hero_core.model.context_network import MomentBatch
from chart_hero_core.model.moments import FEATURE_COUNT, Moments
from chart_hero_core.tasks.synthesise import SynthesiseOptions, synthesise
from chart_hero_core.training.small_networks.context import (
    ContextExample,
    ContextTraining,
    altered,
    known_in_part,
    train_context,
)
from tests.core.synthesis.material import write_material
from tests.core.tasks.checkpoints import write_tiny_checkpoint

QUICK = ContextTraining(steps=120, crop=64, learning_rate=5e-3, width=16, layers=1, share=1.0)
SOUNDS = 16


def example(seed: int) -> ContextExample:
    """A song in which half of the crashes are taken for rides, but do not sound like rides."""
    rng = np.random.default_rng(seed)
    count = 64
    crash = rng.random(count) < 0.5
    features = np.zeros((count, FEATURE_COUNT), np.float32)
    features[:, :DRUM_COUNT] = -6.0
    sure = np.where(crash & (rng.random(count) < 0.5), -2.0, 2.0)
    features[:, DrumClass.CRASH] = np.where(crash, sure, -2.0)
    features[:, DrumClass.RIDE] = -features[:, DrumClass.CRASH]
    kit = np.linspace(-1, 1, SOUNDS) + rng.normal(0, 0.3, SOUNDS)
    sound = np.where(crash[:, None], kit, -kit) + rng.normal(0, 0.3, (count, SOUNDS))
    struck = np.zeros((count, DRUM_COUNT), np.bool_)
    struck[:, DrumClass.CRASH], struck[:, DrumClass.RIDE] = crash, ~crash
    quarters = np.arange(count) / 4
    moments = Moments(np.arange(count) * 20, features, quarters, quarters % 4)
    return ContextExample(
        moments, sound.astype(np.float16), struck, np.ones(struck.shape, np.float32)
    )


def test_it_learns_to_listen_where_what_it_is_told_is_wrong(tmp_path: Path) -> None:
    network = train_context(
        [example(seed) for seed in range(40)], QUICK, tmp_path / "state.pt", SilentProgress()
    )
    new = example(999)
    with torch.inference_mode():
        said = network(MomentBatch.of(new.moments, new.hidden.astype(np.float32))).numpy()
    crash, ride = said[:, DrumClass.CRASH], said[:, DrumClass.RIDE]
    features = new.moments.features
    right = (crash > ride) == new.struck[:, DrumClass.CRASH]
    before = (features[:, DrumClass.CRASH] > features[:, DrumClass.RIDE]) == new.struck[
        :, DrumClass.CRASH
    ]
    assert before.mean() < 0.85
    assert right.mean() > before.mean() + 0.1


def test_it_can_start_as_another_one_of_any_share(tmp_path: Path) -> None:
    examples = [example(seed) for seed in range(4)]
    settings = ContextTraining(steps=40, crop=32, width=16, layers=1, share=0.25)
    taught = train_context(examples, settings, tmp_path / "one.pt", SilentProgress())
    still = replace(settings, steps=1, learning_rate=1e-9)
    again = train_context(examples, still, tmp_path / "two.pt", SilentProgress(), start=taught)
    for name, value in taught.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, atol=1e-5, rtol=1e-4)
    other = replace(still, width=32)
    with pytest.raises(DatasetError, match="another shape"):
        train_context(examples, other, tmp_path / "three.pt", SilentProgress(), start=taught)


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    examples = [example(seed) for seed in range(4)]
    settings = ContextTraining(steps=40, crop=32, width=16, layers=1, save_every=10)
    straight = train_context(examples, settings, tmp_path / "one.pt", SilentProgress())

    def stop(fraction: float, message: str) -> None:
        if fraction >= 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        train_context(examples, settings, tmp_path / "two.pt", CallbackProgress(stop))
    resumed = train_context(examples, settings, tmp_path / "two.pt", SilentProgress())
    for name, value in straight.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value)


def test_what_is_told_is_altered_for_the_classes_only() -> None:
    features = example(0).moments.features
    before = features.copy()
    changed = altered(features, np.random.default_rng(1))
    np.testing.assert_array_equal(features, before)
    np.testing.assert_array_equal(changed[:, DRUM_COUNT:], features[:, DRUM_COUNT:])
    assert np.abs(changed[:, :DRUM_COUNT] - features[:, :DRUM_COUNT]).mean() > 0.2


def test_lessons_are_kept_and_damage_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a" / "song.npz"
    example(3).save(path)
    found = ContextExample.load(path)
    np.testing.assert_array_equal(found.struck, example(3).struck)
    np.testing.assert_array_equal(found.moments.features, example(3).moments.features)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DatasetError, match="damaged"):
        ContextExample.load(path)


def test_a_foreign_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"no state at all")
    with pytest.raises(DatasetError, match="does not fit"):
        train_context([example(0)], QUICK, tmp_path / "state.pt", SilentProgress())


def test_from_rendered_songs_to_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    material = write_material(tmp_path / "material")
    songs = tmp_path / "songs"
    synthesise(material, songs, SynthesiseOptions(minutes=0.5, song_s=15), SilentProgress())
    weights = write_tiny_checkpoint(tmp_path / "tiny.safetensors", talkative=True)
    output, work = tmp_path / "out.safetensors", tmp_path / "work"
    arguments = ["train-context", str(weights), str(songs), "-o", str(output)]
    assert main([*arguments, "--work", str(work), "--steps", "2"]) == 0
    trained = load_checkpoint(output)
    assert trained.context is not None
    assert trained.calibrations == {}
    assert "context" in trained.provenance
    kept = sorted(work.rglob("*.npz"))
    assert kept
    with exclusive(kept[0].parent / "run.lock"):
        assert main([*arguments, "--work", str(work), "--steps", "2"]) == 1
    assert "Another program is learning in" in capsys.readouterr().err
    # Weights that hear other things do not learn from what these heard.
    load = load_checkpoint(weights)
    with torch.no_grad():
        load.network.head.weight.mul_(1.5)
    save_checkpoint(load, weights)
    assert main([*arguments, "--work", str(work), "--steps", "2"]) == 0
    assert len(sorted(work.rglob("*.npz"))) == 2 * len(kept)


def test_no_songs_is_said(tmp_path: Path) -> None:
    weights = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    arguments = ["train-context", str(weights), str(tmp_path), "-o", str(tmp_path / "o.st")]
    assert main([*arguments, "--work", str(tmp_path / "work")]) != 0


def test_in_some_lessons_a_passage_is_known() -> None:
    one = example(5)
    lengths = []
    for seed in range(200):
        features, known = known_in_part(
            one.moments.features, one.struck, np.random.default_rng(seed)
        )
        lengths.append(int(known.sum()))
        np.testing.assert_array_equal(features[~known], one.moments.features[~known])
        np.testing.assert_array_equal(features[known, :DRUM_COUNT] > 0, one.struck[known])
        np.testing.assert_array_equal(features[:, -1], known)
    assert 0.25 < np.mean(np.array(lengths) > 0) < 0.55
    assert max(lengths) > 20
