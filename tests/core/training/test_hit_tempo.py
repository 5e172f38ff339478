"""Training of the network over strokes: what it is shown, and that the weights come out."""

from pathlib import Path

import mido
import numpy as np
import pytest
import torch

from chart_hero_core.base.drums import CYMBALS, TOMS, DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.tasks.train_beats import train_beats
from chart_hero_core.timing.hit_beats import FRAME_S
from chart_hero_core.timing.hit_tempo import TEMPO_CLASSES, HitTempoNet, tempo_classes
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from chart_hero_core.training.small_networks.hit_tempo import (
    HitTempoModule,
    HitTempoSettings,
    train_hit_tempo,
)
from chart_hero_core.training.small_networks.stroke_songs import (
    StrokeSong,
    load_take_songs,
    stroke_song,
)
from chart_hero_core.training.small_networks.stroke_windows import disturbed, window


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
    assert found.downs[:8].tolist() == [True, False, False, False] * 2
    assert found.beats_s[:5].tolist() == pytest.approx([0, 0.5, 1.0, 1.5, 1.75])


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


def test_disturbed_strokes_stay_near_and_in_their_family() -> None:
    rng = np.random.default_rng(3)
    times = np.linspace(0.0, 99.75, 400)
    drums = np.full(400, int(DrumClass.RIDE))
    hits = disturbed(times, drums, np.full(400, np.nan), rng)
    assert len(hits) < 450
    cymbals = [h for h in hits if h.drum in CYMBALS]
    assert len(cymbals) > 0.85 * len(hits)
    apart = [abs(h.time_s - round(h.time_s * 4) / 4) for h in cymbals]
    assert np.median(apart) < 0.012
    toms = disturbed(times, np.full(400, int(DrumClass.TOM_MID)), np.full(400, 0.5), rng)
    assert sum(h.drum in TOMS for h in toms) > 0.85 * len(toms)


SMALL = HitTempoSettings(
    fine=4, middle=6, coarse=8, dilations=(1, 2), coarse_dilations=(1, 4, 1), frames=128,
    steps=2, batch=2,
)  # fmt: skip


def test_training_writes_the_weights_the_program_reads(tmp_path: Path) -> None:
    path = train_hit_tempo([song()], [], SMALL, tmp_path / "net.safetensors", SilentProgress())
    shown = window(song(), 64, np.random.default_rng(0)).strokes
    beats, tempo = HitTempoNet.load(path).log_odds(shown)
    assert beats.shape == (2, 64)
    assert tempo.shape == (16, TEMPO_CLASSES)
    assert np.isfinite(beats).all()
    assert np.exp(tempo).sum(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_folded_weights_say_the_same_as_the_module() -> None:
    torch.manual_seed(0)
    module = HitTempoModule(SMALL)
    shown = torch.rand(2, 8, 92)
    module.train()
    module(shown)  # moves the running means off their start
    module.eval()
    beats, tempo = (part.detach()[0] for part in module(shown))
    found, found_tempo = HitTempoNet.of(module.arrays()).log_odds(shown.numpy()[0])
    assert found == pytest.approx(beats.numpy(), abs=1e-4)
    expected = torch.log_softmax(tempo, dim=0).numpy().T
    assert found_tempo == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("signature", "bpm"), [((4, 4), 120), ((7, 8), 120), ((6, 8), 80)])
def test_the_tempo_is_that_of_the_beats(signature: tuple[int, int], bpm: int) -> None:
    shown = window(song(TimeSignature(0, *signature)), 1000, np.random.default_rng(0))
    told = shown.tempo.sum(axis=0) > 0
    assert shown.tempo.sum(axis=0)[told] == pytest.approx(1.0)
    place = (shown.tempo * np.arange(TEMPO_CLASSES)[:, None]).sum(axis=0)[told]
    beats = np.flatnonzero(shown.targets[0] == 1) * FRAME_S
    length_s = np.quantile(np.diff(beats), 0.8)
    assert np.median(place) == pytest.approx(tempo_classes(np.array([length_s]))[0], abs=0.3)
    assert np.ptp(place) < 0.5


def test_takes_are_read_with_their_metronome(tmp_path: Path) -> None:
    midi = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=400_000))
    track.append(mido.MetaMessage("time_signature", numerator=6, denominator=8))
    for _ in range(12):
        track.append(mido.Message("note_on", channel=9, note=36, velocity=127, time=0))
        track.append(mido.Message("note_off", channel=9, note=36, time=720))
    midi.tracks.append(track)
    (tmp_path / "groove").mkdir()
    midi.save(tmp_path / "groove/take.mid")
    (tmp_path / "manifest.csv").write_text("file,heldout\ngroove/take.mid,\nother/x.mid,\n")
    (take,) = load_take_songs(tmp_path, heldout=False)
    assert take.times_s[:3].tolist() == pytest.approx([0, 0.6, 1.2])
    assert take.beats_s[:3].tolist() == pytest.approx([0, 0.6, 1.2])
    assert take.downs[:4].tolist() == [True, False, True, False]
    assert list(load_take_songs(tmp_path, heldout=True)) == []


def test_there_must_be_a_chart_to_learn_from(tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts/manifest.csv").write_text("file,heldout\n")
    with pytest.raises(DatasetError, match="no chart"):
        train_beats(tmp_path, tmp_path / "net.safetensors", 1, SilentProgress())
    assert not (tmp_path / "net.safetensors").exists()
