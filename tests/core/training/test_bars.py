"""Training of the networks over eighths: what they are shown, and that the weights come out."""

from pathlib import Path

import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import DatasetError, SettingsError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.tasks.train_bars import train_bars
from chart_hero_core.timing.bar_net import BarNet, bar_features, predict_bars
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from chart_hero_core.training.small_networks.bar_songs import (
    PulseSong,
    pulse_song,
    shortened,
)
from chart_hero_core.training.small_networks.bars import BarModule, BarSettings, train_bar_nets
from chart_hero_core.training.small_networks.stroke_songs import StrokeSong, stroke_song


def song(numerator: int = 4, denominator: int = 4, bars: int = 40) -> StrokeSong:
    """Kick on the bar line, snares in its middle, hats on every eighth, 120 BPM."""
    signature = TimeSignature(0, numerator, denominator)
    tempo_map = TempoMap(480, (TempoChange(0, 500_000.0),), (signature,))
    bar = round(tempo_map.ticks_per_bar(signature))
    struck = [(i * bar, DrumClass.KICK) for i in range(bars)]
    struck += [(i * bar + 480 * (k + 1), DrumClass.SNARE) for i in range(bars) for k in (0, 2)]
    struck += [(tick, DrumClass.HIHAT) for tick in range(0, bars * bar, 240)]
    strokes = [(tempo_map.seconds(tick), int(drum), np.nan) for tick, drum in struck]
    return stroke_song("plain", strokes, tempo_map)


def pulses(eighths: int, bars: int) -> PulseSong:
    """Bars of kick, then hats, on a true pulse; nothing is known of beats but the strokes."""
    count = eighths * bars
    place = np.arange(count) % eighths
    strokes = np.zeros((2 * count, 8), np.bool_)
    strokes[::2, DrumClass.KICK] = place == 0
    strokes[::2, DrumClass.SNARE] = place == 3
    strokes[::2, DrumClass.HIHAT] = place > 0
    silent = np.zeros(count)
    lines = place == 0
    lengths = np.where(np.arange(count) < count - eighths, eighths, 0)
    beats = place % 2 == 0
    return PulseSong(strokes, silent, silent, beats, lines, lengths, np.ones(count, np.bool_))


@pytest.mark.parametrize("seed", range(3))
def test_a_song_is_laid_out_on_the_eighths_that_are_found(seed: int) -> None:
    found = pulse_song(song(), np.random.default_rng(seed))
    assert found is not None
    assert found.strokes.shape == (2 * len(found), 8)
    inner = found.known & (found.lengths > 0)
    assert inner.mean() > 0.7
    # At its own tempo a bar has eight eighths; a detector this bad may make it half or twice.
    assert set(found.lengths[inner]) <= {4, 8, 16}
    assert (found.beats | ~found.lines)[found.known].all()


def test_too_few_strokes_teach_nothing() -> None:
    assert pulse_song(song(bars=3), np.random.default_rng(0)) is None


def test_bars_that_lose_their_end_are_still_bars() -> None:
    for seed in range(20):
        found = shortened(pulses(8, 20), np.random.default_rng(seed))
        lengths = np.diff(np.flatnonzero(found.lines))
        assert set(lengths) <= {5, 6, 7, 8}
        assert len(found.strokes) == 2 * len(found)
        assert found.strokes[::2, DrumClass.KICK].tolist() == found.lines.tolist()
        assert (found.lengths[:-8] >= 5).all()
    assert min(lengths) < 8


def test_the_weights_say_in_numpy_what_the_network_says(tmp_path: Path) -> None:
    torch.manual_seed(3)
    one = pulses(7, 12)
    features = bar_features(one.strokes, one.beat, one.downbeat)
    settings = BarSettings(networks=1, steps=1, batch=1, eighths=32, width=8)
    path = train_bar_nets([one], [], settings, tmp_path / "bars.safetensors", SilentProgress())
    nets = BarNet.load(path)
    assert len(nets) == 1
    module = BarModule(features.shape[1], 8, 0.0).eval()
    rough = {name: torch.from_numpy(a).float() for name, a in module.arrays().items()}
    net = BarNet.of({f"0.{k}": v.numpy().astype(np.float16) for k, v in rough.items()}, "0.")
    with torch.inference_mode():
        expected = module(torch.from_numpy(features).T[None])[0].T.numpy()
    assert np.allclose(net.logits(features), expected, atol=0.02)


def test_bars_of_seven_eighths_are_learned_beside_bars_of_eight(tmp_path: Path) -> None:
    songs = [pulses(eighths, 40) for eighths in (7, 8)]
    settings = BarSettings(
        networks=2, steps=60, batch=4, eighths=96, width=16, shortened=0.0, dropout=0.0,
        learning_rate=1e-2, average=0.9,
    )  # fmt: skip
    path = train_bar_nets(songs, [], settings, tmp_path / "bars.safetensors", SilentProgress())
    for one in (pulses(7, 30), pulses(8, 30)):
        said = predict_bars(BarNet.load(path), bar_features(one.strokes, one.beat, one.downbeat))
        inner = slice(40, -20)
        assert ((said.line > 0) == one.lines)[inner].mean() > 0.97
        assert (said.lengths.argmax(axis=1) == one.lengths)[inner].mean() > 0.9


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no chart"):
        train_bar_nets([], [], BarSettings(), tmp_path / "bars.safetensors", SilentProgress())
    with pytest.raises(SettingsError):
        BarSettings(steps=0)
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "manifest.csv").write_text("file,heldout\n")
    with pytest.raises(DatasetError, match="no chart to learn from"):
        train_bars(tmp_path, tmp_path / "bars.safetensors", 1, SilentProgress())
