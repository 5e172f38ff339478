"""The context of a song: moments and their places, the network, what becomes of the curves."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from chart_hero_core.base.corrections import with_corrections, without_corrections
from chart_hero_core.base.drums import DRUM_COUNT, Activations, ContextCorrections, DrumClass
from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.decode.sections import flag_sections
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.context import hidden_at, with_context
from chart_hero_core.model.context_network import ContextNetwork, ContextSettings, MomentBatch
from chart_hero_core.model.hidden_states import HiddenStates, run_network
from chart_hero_core.model.moments import FEATURE_COUNT, find_moments
from chart_hero_core.model.network import DrumNetwork, NetworkSettings

HOP_S = 128 / 22050
SMALL = NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1, 2), fine_width=8, skip_width=4)
SHAPE = ContextSettings(hidden=16, embedding=8, width=16, layers=2)
EIGHTH_S, EIGHTHS = 0.25, 64  # 120 BPM


def rock_beat() -> Activations:
    """Eighths on the hi-hat, kick and snare in turn on the quarters: 16 s of curves."""
    frames = int(EIGHTH_S * EIGHTHS / HOP_S) + 40
    classes = np.full((DRUM_COUNT, frames), 0.005, np.float32)
    at = np.rint((0.1 + EIGHTH_S * np.arange(EIGHTHS)) / HOP_S).astype(int)
    for drum, frames_of in (
        (DrumClass.HIHAT, at),
        (DrumClass.KICK, at[::4]),
        (DrumClass.SNARE, at[2::4]),
    ):
        classes[drum, frames_of] = 0.9
        for beside in (-1, 1):
            classes[drum, frames_of + beside] = 0.4
    nothing = np.full(frames, 0.01, np.float32)
    return Activations(
        classes,
        classes.max(axis=0),
        HOP_S,
        velocity=np.full_like(classes, 0.5),
        beat=nothing,
        downbeat=nothing,
    )


def network(shape: ContextSettings = SHAPE, seed: int = 0) -> ContextNetwork:
    torch.manual_seed(seed)
    made = ContextNetwork(shape)
    torch.nn.init.normal_(made.get_parameter("head.1.weight"), std=0.5)
    return made.eval()


def some_moments(count: int) -> MomentBatch:
    generator = torch.Generator().manual_seed(1)
    return MomentBatch(
        torch.randn(count, FEATURE_COUNT, generator=generator),
        torch.randn(count, SHAPE.hidden, generator=generator),
        torch.arange(count) / 4,
        torch.arange(count) / 4 % 4,
    )


def test_moments_are_strokes_and_the_sixteenths_between_them() -> None:
    moments = find_moments(rock_beat())
    assert moments is not None
    struck = moments.features[:, -2] == 0
    assert struck.sum() == EIGHTHS
    # Between two eighths lies one sixteenth; strokes are an eighth apart.
    assert 0.8 * EIGHTHS < (~struck).sum() < 1.3 * EIGHTHS
    np.testing.assert_allclose(np.diff(moments.quarters[struck]), 0.5, atol=0.03)
    assert (np.diff(moments.frames) > 0).all()
    hats = moments.features[struck, DrumClass.HIHAT]
    assert (hats > 2).all()
    assert (moments.features[~struck, DrumClass.HIHAT] < -2).all()


def test_where_next_to_nothing_is_heard_there_are_none() -> None:
    silent = rock_beat()
    quiet = replace(silent, classes=np.full_like(silent.classes, 0.01))
    assert find_moments(quiet) is None


def test_a_fresh_network_repeats_what_it_is_told() -> None:
    torch.manual_seed(0)
    fresh = ContextNetwork(SHAPE).eval()
    moments = some_moments(30)
    with torch.inference_mode():
        logits = fresh(moments)
    torch.testing.assert_close(logits, moments.features[:, :DRUM_COUNT])


def test_a_weakened_network_moves_a_share_as_far() -> None:
    moments, weak = some_moments(30), network()
    with torch.inference_mode():
        full = network()(moments) - moments.features[:, :DRUM_COUNT]
        weak.weaken(0.25)
        part = weak(moments) - moments.features[:, :DRUM_COUNT]
    assert full.abs().max() > 0.1
    torch.testing.assert_close(part, 0.25 * full, atol=1e-4, rtol=1e-3)


def test_long_songs_are_looked_at_in_blocks_without_a_seam(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = some_moments(120)
    with torch.inference_mode():
        whole = network()(moments)
        monkeypatch.setattr("chart_hero_core.model.context_network._BLOCK", 32)
        pieces = network()(moments)
    torch.testing.assert_close(pieces, whole, atol=1e-4, rtol=1e-4)


def test_what_a_bar_holds_matters_to_another() -> None:
    moments = some_moments(64)
    other = replace(moments, features=moments.features.clone())
    other.features[60] += 5
    with torch.inference_mode():
        difference = (network()(moments) - network()(other)).abs().amax(dim=1)
    assert difference[4] > 0


def test_curves_move_around_a_moment_and_nowhere_else() -> None:
    activations = rock_beat()
    peak = int(activations.classes[DrumClass.KICK].argmax())
    odds = np.zeros((1, DRUM_COUNT), np.float32)
    odds[0, DrumClass.KICK], odds[0, DrumClass.RIDE] = -6.0, 6.0
    moves = ContextCorrections(np.array([peak * HOP_S]), odds, 4.5 * HOP_S)
    moved = with_corrections(activations, moves)
    assert moved.classes[DrumClass.KICK, peak] == pytest.approx(0.0218, abs=0.001)
    assert moved.classes[DrumClass.RIDE, peak] > 0.6
    assert moved.classes[DrumClass.HIHAT, peak] == pytest.approx(0.9)
    away = np.ones(activations.frames, bool)
    away[peak - 4 : peak + 5] = False
    np.testing.assert_array_equal(moved.classes[:, away], activations.classes[:, away])


def test_curves_moved_back_are_what_was_heard() -> None:
    activations = rock_beat()
    odds = np.random.default_rng(0).uniform(-9, 9, (30, DRUM_COUNT)).astype(np.float32)
    moved = with_corrections(
        activations, ContextCorrections(np.linspace(0.1, 15, 30), odds, 4.5 * HOP_S)
    )
    assert moved.corrections is not None
    assert np.abs(moved.classes - activations.classes).max() > 0.1
    np.testing.assert_allclose(without_corrections(moved).classes, activations.classes, atol=1e-4)
    assert without_corrections(activations) is activations


def test_dense_passages_are_looked_for_in_what_was_heard() -> None:
    activations = rock_beat()
    times_s = np.arange(0.5, 15.0, 4.5 * HOP_S)
    odds = np.full((len(times_s), DRUM_COUNT), 8.0, np.float32)
    moved = with_corrections(activations, ContextCorrections(times_s, odds, 2.2 * HOP_S))
    assert flag_sections(replace(moved, corrections=None))
    assert flag_sections(moved) == flag_sections(activations)


def test_a_song_in_context_and_back_without_the_network() -> None:
    torch.manual_seed(0)
    checkpoint = Checkpoint(DrumNetwork(SMALL).eval())
    activations = rock_beat()
    values = np.random.default_rng(0).normal(size=(SMALL.hidden_channels, activations.frames))
    hidden = HiddenStates(values.astype(np.float16), HOP_S)
    assert with_context(activations, hidden, checkpoint) is activations
    moved = with_context(activations, hidden, replace(checkpoint, context=network()))
    assert moved.corrections is not None
    assert np.abs(moved.classes - activations.classes).max() > 0.05
    assert np.isfinite(moved.classes).all()


def test_what_is_heard_at_a_moment_is_what_the_last_layers_hear() -> None:
    torch.manual_seed(0)
    checkpoint = Checkpoint(DrumNetwork(SMALL).eval())
    samples = np.random.default_rng(1).normal(0, 0.1, 22050).astype(np.float32)
    _, hidden = run_network(samples, checkpoint)
    frames = np.array([0, 50, hidden.frames - 1])
    found = hidden_at(frames, hidden, checkpoint.network)
    assert found.shape == (3, 2 * SMALL.fine_width)
    with torch.inference_mode():
        fine = checkpoint.network.fine(hidden.part(0, hidden.frames))[0].numpy()
    trunk = hidden.values[: SMALL.fine_width, 48:53].astype(np.float32).mean(axis=1)
    np.testing.assert_allclose(found[1, : SMALL.fine_width], trunk, atol=1e-3)
    np.testing.assert_allclose(found[1, SMALL.fine_width :], fine[:, 48:53].max(axis=1), atol=1e-3)


@pytest.mark.parametrize(
    "foreign", [{"width": 17}, {"width": 0}, {"layers": 1000}, {"heads": 3}, {"width": "96"}]
)
def test_foreign_shapes_are_refused(foreign: dict[str, object]) -> None:
    with pytest.raises(CheckpointError):
        ContextSettings.from_dict({**SHAPE.to_dict(), **foreign})
