"""Calibration: what it says, and that it survives its file."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chart_hero_core.base.calibration import Calibration, PresetLevels, Provenance
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import SettingsError

FITTED = Calibration(
    domain="drums",
    scale=(1.0, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0),
    bias=(0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0),
    offset_ms=(-1.5,) * DRUM_COUNT,
    arbitration_margin=0.05,
    presets={
        "conservative": PresetLevels(0.6, (0.5,) * DRUM_COUNT),
        "aggressive": PresetLevels(0.4, (0.3,) * DRUM_COUNT, 5, (12.5,) * DRUM_COUNT, 0.9),
    },
    micro=Calibration(domain="drums", scale=(3.0,) * DRUM_COUNT),
    provenance=Provenance("2025-01-31", "40 minutes", "chart-hero calibrate"),
)


def test_confidence_by_hand() -> None:
    drums = np.array([0, 1, 2, 3])
    # Odds of 4:1 stay, are squared, rooted, divided by e.
    odds = np.array([4.0, 16.0, 2.0, 4.0 / np.e])
    confidence = FITTED.confidence(drums, np.full(4, 0.8))
    np.testing.assert_allclose(confidence, odds / (1 + odds), rtol=1e-12)


def test_certain_probabilities_stay_within_bounds() -> None:
    drums = np.full(3, int(DrumClass.SNARE))
    confidence = FITTED.confidence(drums, np.array([0.0, 0.5, 1.0], dtype=np.float32))
    assert confidence[1] == 0.5
    assert 0.0 <= confidence[0] < 1e-10
    assert 1 - 1e-10 < confidence[2] <= 1.0


def test_a_calibration_survives_json() -> None:
    assert Calibration.from_dict(json.loads(json.dumps(FITTED.to_dict()))) == FITTED
    assert Calibration.from_dict(Calibration().to_dict()) == Calibration()


def _changed(**changes: Any) -> dict[str, Any]:
    return {**FITTED.to_dict(), **changes}


def _levels(**changes: Any) -> dict[str, Any]:
    levels = PresetLevels(0.6, (0.5,) * DRUM_COUNT).to_dict()
    return _changed(presets={"own": {**levels, **changes}})


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (None, "must be a table"),
        ({}, "format None"),
        (_changed(schema=2), "format 2"),
        (_changed(domain="vocals"), "not for 'vocals'"),
        (_changed(domain=[]), "not for"),
        (_changed(scale=[1.0] * 8), "scale must be a table"),
        (_changed(scale={"kick": 1.0}), "scale must have one value each"),
        (_changed(scale=dict.fromkeys([d.label for d in DrumClass], 0.0)), "scale.kick must be"),
        (_changed(bias=dict.fromkeys([d.label for d in DrumClass], "x")), "must be a number"),
        (_changed(arbitration_margin=float("nan")), "arbitration_margin must be from"),
        (_changed(presets={"own": {"thresholds": {}}}), "lacks its activity_gate"),
        (_changed(presets=[]), "presets must be a table"),
        (_levels(nms_frames=4), "nms_frames must be odd"),
        (_levels(nms_frames=5.0), "nms_frames must be a whole number"),
        (_levels(min_spacing_ms=[1.0]), "min_spacing_ms must be a table"),
        (_changed(unheard=1), "no entry named 'unheard'"),
        (_changed(micro={"schema": 1, "scale": 3}), "scale must be a table"),
    ],
)
def test_foreign_data_is_refused(data: Any, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        Calibration.from_dict(data)


def test_the_constructor_checks_too() -> None:
    with pytest.raises(SettingsError, match="thresholds needs 8 values"):
        PresetLevels(0.5, (0.5,))
    with pytest.raises(SettingsError, match=r"offset_ms\.kick"):
        Calibration(offset_ms=(200.0,) * DRUM_COUNT)
    with pytest.raises(SettingsError, match="another micro"):
        Calibration(micro=FITTED)


def test_what_was_fitted_for_rivals_before_is_passed_over() -> None:
    data = {**FITTED.to_dict(), "rival_share": 0.0}
    assert Calibration.from_dict(data) == FITTED


def test_some_drums_of_another_calibration() -> None:
    micro = Calibration(domain="drums", scale=(2.0,) * DRUM_COUNT)
    other = Calibration(
        domain="drums",
        scale=(5.0,) * DRUM_COUNT,
        bias=(0.5,) * DRUM_COUNT,
        offset_ms=(9.0,) * DRUM_COUNT,
        presets={"aggressive": PresetLevels(0.9, (0.7,) * DRUM_COUNT)},
        micro=micro,
    )
    found = FITTED.with_drums_of(other, (DrumClass.TOM_MID,))
    assert found.scale == (1.0, 2.0, 0.5, 5.0, 1.0, 1.0, 1.0, 1.0)
    assert found.bias == (0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0)
    old = FITTED.presets["aggressive"]
    expected = replace(old, thresholds=(0.3, 0.3, 0.3, 0.7, 0.3, 0.3, 0.3, 0.3))
    assert found.presets == {**FITTED.presets, "aggressive": expected}
    assert found.offset_ms == FITTED.offset_ms
    assert found.micro == FITTED.micro
