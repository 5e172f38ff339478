"""Kits: held-out ones kept apart, made complete, of drums that stay the same ones."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import (
    HIHATS,
    Articulation,
)
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.clips import Materials
from chart_hero_core.synthesis.kits import Kit, Layers, assemble, layered, load_kits
from chart_hero_core.synthesis.performances import (
    load_charts,
    load_grooves,
)
from tests.core.synthesis.material import write_material


def _kit_of(*articulations: Articulation) -> Kit:
    wave = np.sin(np.arange(2000) * 0.1).astype(np.float32)
    sounds = dict.fromkeys(articulations, ((wave,),))
    return Kit("small", "CC0-1.0", "", False, True, False, 1.0, sounds)


def test_heldout_and_weak_claims_stay_apart(root: Path) -> None:
    assert [kit.name for kit in load_kits(root / "kits", heldout=False)] == ["one"]
    assert [kit.name for kit in load_kits(root / "kits", heldout=True)] == ["two"]
    assert [take.name for take in load_grooves(root / "grooves", heldout=True)] == ["take1"]
    assert len(list(load_charts(root / "charts", heldout=True))) == 2


def test_missing_material_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"manifest\.json"):
        load_kits(tmp_path, heldout=False)
    with pytest.raises(DatasetError, match=r"manifest\.csv"):
        list(load_grooves(tmp_path, heldout=False))
    with pytest.raises(DatasetError, match="backing"):
        load_backing(tmp_path, False, tmp_path)


def test_an_assembled_kit_is_complete(materials: Materials) -> None:
    sounds = assemble(list(materials.kits), np.random.default_rng(0))
    assert {Articulation.RIMSHOT, Articulation.HIHAT_HALF, Articulation.RIDE_BELL} <= set(sounds)


def _ringing(*pitches_hz: float) -> Layers:
    """One layer of a drum, a robin for each pitch."""
    time_s = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    waves = [np.sin(2 * np.pi * hz * time_s) * np.exp(-time_s * 8) for hz in pitches_hz]
    return (tuple(np.asarray(wave, np.float32) for wave in waves),)


def _pitch_hz(sample: Float32Array) -> float:
    spectrum = np.abs(np.fft.rfft(sample, 1 << 16))
    return float(spectrum.argmax()) * SAMPLE_RATE / (1 << 16)


@pytest.mark.parametrize(("high_hz", "low_hz"), [(130.0, 75.0), (130.0, 112.0), (100.0, 150.0)])
def test_a_tom_that_a_kit_lacks_is_another_one_retuned(high_hz: float, low_hz: float) -> None:
    one = _kit_of(Articulation.TOM_HIGH, Articulation.TOM_LOW)
    toms = {Articulation.TOM_HIGH: _ringing(high_hz), Articulation.TOM_LOW: _ringing(low_hz)}
    one = replace(one, sounds={**one.sounds, **toms})
    sounds = assemble([one], np.random.default_rng(0), 0.0)
    names = (Articulation.TOM_HIGH, Articulation.TOM_MID, Articulation.TOM_LOW)
    high, mid, low = (_pitch_hz(sounds[name][0][0]) for name in names)
    assert high == pytest.approx(high_hz, rel=0.01)
    assert 0.55 * high < mid < 0.86 * high
    assert low < 0.86 * mid


def test_a_tom_is_one_drum_all_song_long() -> None:
    names = (Articulation.TOM_HIGH, Articulation.TOM_MID, Articulation.TOM_LOW)
    kit = _kit_of(*names)
    pairs = {name: _ringing(90.0 * 1.4**i, 105.0 * 1.4**i) for i, name in enumerate(names)}
    kit = replace(kit, sounds={**kit.sounds, **pairs}, doubled=frozenset(names))
    for seed in range(4):
        sounds = assemble([kit], np.random.default_rng(seed), 0.0)
        assert [len(sounds[name][0]) for name in names] == [1, 1, 1]


def test_layered_cymbals_hold_both_kits_and_leave_drums_alone() -> None:
    names = (Articulation.SNARE, *HIHATS, Articulation.CRASH_1, Articulation.RIDE)
    first = {name: ((np.full(100, 0.5, np.float32),),) for name in names}
    second = {name: ((np.full(200, 0.1, np.float32),),) for name in names}
    mixed = [layered(first, second, np.random.default_rng(seed)) for seed in range(8)]
    assert all(np.array_equal(kit[Articulation.SNARE][0][0], np.full(100, 0.5)) for kit in mixed)
    rides = [kit[Articulation.RIDE][0][0] for kit in mixed]
    assert {len(ride) for ride in rides} == {100, 200}
    assert all(ride[0] > 0.5 for ride in rides if len(ride) == 200)


def test_kits_with_many_strokes_are_drawn_more_often(tmp_path: Path) -> None:
    kits = load_kits(write_material(tmp_path) / "kits", heldout=False)
    rich, poor = replace(kits[0], weight=9.0), replace(kits[0], weight=1.0, sounds={})
    rng = np.random.default_rng(0)
    drawn = [len(assemble([rich, poor], rng, mixing=0.0, weighted=True)) for _ in range(200)]
    assert sum(count > 0 for count in drawn) >= 160


def _with(entry: dict[str, object]) -> str:
    sound = {"name": "one", "licence": "", "licence_tier": "permissive", "attribution": ""}
    kit = {**sound, "heldout": False, "acoustic": True, "articulations": {}, **entry}
    return json.dumps({"kits": [kit]})


@pytest.mark.parametrize(
    "manifest",
    [
        "[]",
        '{"kits": ["one"]}',
        '{"kits": [{"name": "one"}]}',
        _with({"inherits": {"china": "nobody"}}),
        _with({"inherits": {"cowbell": "one"}}),
        _with({"files": "many"}),
    ],
)
def test_a_manifest_of_something_else_is_no_kit_library(tmp_path: Path, manifest: str) -> None:
    write_material(tmp_path)
    (tmp_path / "kits" / "manifest.json").write_text(manifest)
    with pytest.raises(DatasetError, match="is not a kit library"):
        load_kits(tmp_path / "kits", heldout=False)


def test_a_kit_without_sounds_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(_with({}))
    with pytest.raises(DatasetError, match="one holds no sounds"):
        load_kits(tmp_path, heldout=False)
