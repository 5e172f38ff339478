"""Training of the networks over strokes: what they are shown, and that the weights come out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import CYMBALS, TOMS, DrumClass
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.timing.bar_net import FEATURES
from chart_hero_core.timing.hit_beats import FRAME_S, HitBeatNet
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from chart_hero_core.training.hit_beats import (
    DEFAULTS,
    HitBeatModule,
    Net,
    train_hit_beats,
)
from chart_hero_core.training.stroke_songs import StrokeSong, stroke_song
from chart_hero_core.training.stroke_windows import disturbed, pulse_window, window


def song(signature: TimeSignature | None = None, bars: int = 40) -> StrokeSong:
    """Kick on the bar line, hats on every eighth, 120 BPM."""
    signature = signature or TimeSignature(0)
    tempo_map = TempoMap(480, (TempoChange(0, 500_000.0),), (signature,))
    bar = round(tempo_map.ticks_per_bar(signature))
    strokes = [(tempo_map.seconds(i * bar), int(DrumClass.KICK), np.nan) for i in range(bars)]
    hats = range(0, bars * bar, 240)
    strokes += [(tempo_map.seconds(tick), int(DrumClass.HIHAT), np.nan) for tick in hats]
    return stroke_song("plain", strokes, tempo_map)


def test_a_bar_of_seven_eighths_ends_with_half_a_beat() -> None:
    found = song(TimeSignature(0, 7, 8))
    assert found.sixteenths[:8].tolist() == [4, 4, 4, 2, 4, 4, 4, 2]
    assert found.downs[:8].tolist() == [True, False, False, False] * 2
    assert found.beats_s[:5].tolist() == pytest.approx([0, 0.5, 1.0, 1.5, 1.75])


def test_a_dotted_quarter_has_four_sixteenths_too() -> None:
    assert song(TimeSignature(0, 6, 8)).sixteenths[:4].tolist() == [4, 4, 4, 4]


@pytest.mark.parametrize("seed", range(4))
def test_beats_are_taught_where_the_kicks_and_hats_are(seed: int) -> None:
    found = window(song(), 1000, np.random.default_rng(seed))
    assert found.strokes.shape == (8, 1000)
    assert found.targets.shape == (2, 1000)
    beats = np.flatnonzero(found.targets[0] == 1)
    period = np.median(np.diff(beats)) * FRAME_S
    assert 0.5 / 1.23 <= period <= 0.5 * 1.23
    assert set(np.flatnonzero(found.targets[1] == 1)) <= set(beats)
    # Strokes may be lost, but most beats have one within two frames.
    struck = found.strokes.sum(axis=0)
    near = [struck[max(b - 2, 0) : b + 3].sum() > 0 for b in beats if found.known[b]]
    assert np.mean(near) > 0.3
    assert found.known.any()


@pytest.mark.parametrize("seed", range(8))
def test_pulses_keep_the_count_at_any_scale(seed: int) -> None:
    found = pulse_window(song(TimeSignature(0, 7, 8)), 128, np.random.default_rng(seed))
    assert found.strokes.shape == (FEATURES, 128)
    downs = np.flatnonzero(found.targets[1])
    assert set(np.diff(downs)) in ({14}, {28}, {7})
    assert found.targets[0, downs].all()


def test_disturbed_strokes_stay_near_and_in_their_family() -> None:
    rng = np.random.default_rng(3)
    times = np.arange(400) * 0.25
    drums = np.full(400, int(DrumClass.RIDE))
    hits = disturbed(times, drums, np.full(400, np.nan), rng)
    assert len(hits) < 450
    cymbals = [h for h in hits if h.drum in CYMBALS]
    assert len(cymbals) > 0.85 * len(hits)
    apart = [abs(h.time_s - round(h.time_s * 4) / 4) for h in cymbals]
    assert np.median(apart) < 0.012
    toms = disturbed(times, np.full(400, int(DrumClass.TOM_MID)), np.full(400, 0.5), rng)
    assert sum(h.drum in TOMS for h in toms) > 0.85 * len(toms)


@pytest.mark.parametrize("net", ["strokes", "bars"])
def test_training_writes_the_weights_the_program_reads(net: Net, tmp_path: Path) -> None:
    small = replace(DEFAULTS[net], channels=4, blocks=2, frames=128, steps=2, batch=2)
    path = train_hit_beats([song()], [], small, tmp_path / "net.safetensors", SilentProgress())
    shown = window(song(), 64, np.random.default_rng(0)).strokes
    if net == "bars":
        shown = pulse_window(song(), 64, np.random.default_rng(0)).strokes
    assert np.isfinite(HitBeatNet.load(path).log_odds(shown)).all()


def test_folded_weights_say_the_same_as_the_module(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = HitBeatModule(replace(DEFAULTS["strokes"], channels=6, blocks=3))
    shown = torch.rand(2, 8, 90)
    module.train()
    module(shown)  # moves the running means off their start
    module.eval()
    expected = module(shown).detach().numpy()[0]
    arrays = module.arrays()
    names = ("dilated", "dilated_bias", "pointwise", "pointwise_bias")
    blocks = tuple(
        (arrays[f"{i}.{names[0]}"], arrays[f"{i}.{names[1]}"],
         arrays[f"{i}.{names[2]}"], arrays[f"{i}.{names[3]}"])
        for i in range(3)
    )  # fmt: skip
    net = HitBeatNet(
        (arrays["stem"], arrays["stem_bias"]), blocks, (arrays["head"], arrays["head_bias"])
    )
    assert net.log_odds(shown.numpy()[0]) == pytest.approx(expected, abs=1e-4)
