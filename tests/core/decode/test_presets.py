"""Presets: what ships, the user's own, and what a checkpoint knows better."""

import json
from pathlib import Path

import pytest

from chart_hero_core.base.calibration import Calibration, PresetLevels
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.files import resource_path
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.presets import (
    DEFAULT_PRESET,
    calibrated,
    delete_user_preset,
    list_presets,
    load_preset,
    rebased,
    rename_user_preset,
    save_user_preset,
)
from chart_hero_core.decode.settings import DecodePlan
from tests.core.decode.caseless import make_caseless
from tests.core.decode.strategies import FINE_HOP_S, rendered

CRASH, RIDE = DrumClass.CRASH, DrumClass.RIDE


@pytest.mark.parametrize("name", ["conservative", "aggressive"])
def test_shipped_presets_keep_to_their_ranges(name: str) -> None:
    plan = load_preset(name)
    assert plan.baseline.nms_frames in (9, 11)
    assert 0.55 <= plan.baseline.activity_gate <= 0.65
    assert plan.micro.nms_frames in (17, 19, 21)
    assert 0.65 <= plan.micro.activity_gate <= 0.75
    for drum in (DrumClass.KICK, DrumClass.SNARE):
        assert 25 <= plan.baseline.min_spacing_ms[drum] < plan.micro.min_spacing_ms[drum] <= 40
    for drum in DrumClass:
        assert plan.micro.min_spacing_ms[drum] > plan.baseline.min_spacing_ms[drum]
    for drum in (DrumClass.HIHAT, CRASH, RIDE):
        assert plan.micro.thresholds[drum] > plan.baseline.thresholds[drum]


def test_conservative_is_stricter_than_aggressive() -> None:
    strict, loose = load_preset("conservative"), load_preset("aggressive")
    for mode in ("", "micro."):
        for knob in ("activity_gate", "nms_frames"):
            assert strict.value(mode + knob) > loose.value(mode + knob)  # type: ignore[operator]
        for drum in DrumClass:
            path = f"{mode}thresholds.{drum.label}"
            assert strict.value(path) > loose.value(path)  # type: ignore[operator]


def test_shipped_files_are_as_the_program_would_write_them() -> None:
    for path in resource_path("presets").glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        assert data == {
            "title": data["title"],
            "help": data["help"],
            **DecodePlan.from_dict(data).to_dict(),
        }


def test_own_presets_are_listed_after_the_shipped_ones(tmp_path: Path) -> None:
    plan = DecodePlan().with_value("nms_frames", 5)
    path = save_user_preset("Fast kicks", plan, user_dir=tmp_path)
    assert path == tmp_path / "Fast kicks.json"
    (tmp_path / "damaged.json").write_text("{")
    (tmp_path / "aggressive.json").write_text("{}")
    presets = list_presets(tmp_path)
    shipped = [preset.name for preset in presets if preset.shipped]
    assert DEFAULT_PRESET in shipped
    assert [p.name for p in presets if not p.shipped] == ["Fast kicks"]
    assert load_preset("Fast kicks", tmp_path) == plan
    delete_user_preset("Fast kicks", tmp_path)
    with pytest.raises(SettingsError, match="There is no preset named 'Fast kicks'"):
        load_preset("Fast kicks", tmp_path)


@pytest.mark.parametrize("caseless", [False, True])
def test_an_own_preset_is_renamed_by_case_alone(
    caseless: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = load_preset("conservative").with_value("activity_gate", 0.33)
    save_user_preset("Metal", plan, user_dir=tmp_path)
    if caseless:
        make_caseless(tmp_path, monkeypatch)
    rename_user_preset("Metal", "metal", user_dir=tmp_path)
    [own] = [preset for preset in list_presets(tmp_path) if not preset.shipped]
    assert (own.name, own.title) == ("metal", "metal")
    assert load_preset("metal", tmp_path) == plan


@pytest.mark.parametrize("caseless", [False, True])
def test_a_renamed_preset_replaces_no_other(
    caseless: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = {name: load_preset(name) for name in ("conservative", "aggressive")}
    save_user_preset("Metal", plans["conservative"], user_dir=tmp_path)
    save_user_preset("Jazz", plans["aggressive"], user_dir=tmp_path)
    if caseless:
        make_caseless(tmp_path, monkeypatch)
    for name in ("jazz" if caseless else "Jazz", "aggressive", "a/b"):
        with pytest.raises(SettingsError):
            rename_user_preset("Metal", name, user_dir=tmp_path)
    with pytest.raises(SettingsError, match="You have no preset"):
        rename_user_preset("Doom", "Gloom", user_dir=tmp_path)
    assert load_preset("Metal", tmp_path) == plans["conservative"]
    assert load_preset("Jazz", tmp_path) == plans["aggressive"]


@pytest.mark.parametrize("name", ["metal (1)", "Schön laut", "v1.2"])
def test_a_shared_preset_may_be_called_anything(name: str, tmp_path: Path) -> None:
    plan = DecodePlan().with_value("nms_frames", 5)
    save_user_preset("metal", plan, tmp_path).rename(tmp_path / f"{name}.json")
    assert [preset.name for preset in list_presets(tmp_path) if not preset.shipped] == [name]
    assert load_preset(name, tmp_path) == plan
    delete_user_preset(name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "../x", "a/b", "con", "x" * 65, " x", "a\n", "conservative"])
def test_names_that_cannot_be_saved(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        save_user_preset(name, DecodePlan(), user_dir=tmp_path / "own")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "../../secret", "nope"])
def test_unknown_presets_are_named_with_what_there_is(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Known: aggressive, conservative"):
        load_preset(name, tmp_path)
    with pytest.raises(SettingsError, match="You have no preset"):
        delete_user_preset(name, tmp_path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "damaged: it is not JSON"),
        (b"\xff\xfe", "damaged: it is not JSON"),
        (b"[" * 100_000, "damaged: it is not JSON"),
        (b"[]", "not a table of knobs"),
        (b" " * 1_000_001, "too large"),
        (b'{"schema": 1, "baseline": {"activity_gate": 7}}', "activity_gate must be from 0 to 1"),
    ],
)
def test_damaged_presets_say_what_is_wrong(content: bytes, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_bytes(content)
    with pytest.raises(SettingsError, match=complaint):
        load_preset("own", tmp_path)


def test_a_calibration_brings_its_levels_timing_and_margin() -> None:
    levels = {"aggressive": PresetLevels(0.5, (0.01, *(0.3,) * 7))}
    offsets = (-2.0,) * DRUM_COUNT
    fitted = Calibration(offset_ms=offsets, arbitration_margin=0.1, presets=levels)
    plan = load_preset("aggressive")
    new = calibrated(plan, fitted, "aggressive")
    assert new.baseline.thresholds == (0.05, *(0.3,) * 7)  # brought to the knob's bound
    assert new.baseline.activity_gate == 0.5
    assert new.baseline.offset_ms == offsets
    assert new.baseline.arbitration_margin == 0.1
    assert new.baseline.nms_frames == plan.baseline.nms_frames
    assert new.micro == plan.micro
    other = calibrated(plan, fitted, "conservative").baseline
    assert (other.thresholds, other.offset_ms) == (plan.baseline.thresholds, offsets)


def test_a_calibration_may_know_how_sure_the_drums_about_must_be() -> None:
    levels = {"own": PresetLevels(0.5, (0.3,) * DRUM_COUNT, presence=1.0)}
    fitted = Calibration(presets=levels)
    assert calibrated(DecodePlan(), fitted, "own").baseline.presence == 0.99  # the knob's bound
    assert calibrated(DecodePlan(), fitted, "other").baseline.presence == 0.0


def test_a_calibration_may_know_micro_mode_too() -> None:
    micro = Calibration(presets={"own": PresetLevels(0.9, (0.8,) * DRUM_COUNT)})
    new = calibrated(DecodePlan(), Calibration(micro=micro), "own")
    assert new.micro.thresholds == (0.8,) * DRUM_COUNT
    assert new.baseline == DecodePlan().baseline


def test_a_calibration_may_have_fitted_window_and_spacing() -> None:
    micro = Calibration(
        presets={"own": PresetLevels(0.5, (0.5,) * DRUM_COUNT, 99, (200.0, *(8.0,) * 7))}
    )
    new = calibrated(DecodePlan(), Calibration(micro=micro), "own").micro
    assert new.nms_frames == 41  # brought to the knob's bound, as is the kick's spacing
    assert new.min_spacing_ms == (120.0, *(8.0,) * 7)


def test_without_a_calibration_the_plan_stays() -> None:
    assert calibrated(DecodePlan(), None, "aggressive") == DecodePlan()


@pytest.mark.parametrize("name", ["conservative", "aggressive"])
@pytest.mark.parametrize("micro", [False, True])
def test_shipped_presets_keep_32nds_at_200_apart(name: str, micro: bool) -> None:
    onsets = [(1.0 + i * 0.0375, DrumClass.SNARE) for i in range(32)]
    spans = (rendered(onsets, 3.0, FINE_HOP_S),) if micro else ()
    hits = decode(rendered(onsets, 3.0, spans=spans), load_preset(name))
    # Between frames the parabola of a triangle is good to about a millisecond.
    wanted = [pytest.approx(time_s, abs=0.0015) for time_s, _ in onsets]
    assert [hit.time_s for hit in hits] == wanted


def test_what_was_turned_by_hand_is_carried_onto_another_plan() -> None:
    base = DecodePlan()
    own = base.with_value("thresholds.kick", 0.33).with_value("micro.nms_frames", 21)
    onto = DecodePlan().with_assignments(["activity_gate=0.4", "thresholds=0.8"])
    new = rebased(own, base, onto)
    assert new.baseline.thresholds == (0.33, *(0.8,) * 7)
    assert (new.baseline.activity_gate, new.micro.nms_frames) == (0.4, 21)
    assert rebased(base, base, onto) == onto
