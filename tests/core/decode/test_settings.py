"""The knobs: declared once, checked everywhere."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.decode.settings import KNOBS, DecodePlan, DecodeSettings, find_knob


@pytest.mark.parametrize("knob", KNOBS, ids=lambda knob: knob.name)
def test_every_knob_is_fully_declared(knob: Any) -> None:
    assert knob.title
    assert knob.help.endswith(".")
    assert knob.group
    assert knob.minimum < knob.maximum
    assert knob.check_all(knob.default) == knob.default
    assert knob.check_all(knob.micro_default) == knob.micro_default
    assert len(knob.paths()) == (DRUM_COUNT if knob.per_class else 1)
    for path in knob.paths():
        assert find_knob(path)[0] is knob
        assert DecodePlan().value(f"micro.{path}") is not None


def test_a_knob_is_turned_alone_and_the_old_settings_stay() -> None:
    old = DecodeSettings()
    new = old.with_value("thresholds.kick", 0.25)
    assert new.thresholds == (0.25, *old.thresholds[1:])
    assert old == DecodeSettings()
    assert new.value("thresholds.kick") == 0.25
    assert new.with_value("thresholds.kick", old.thresholds[0]) == old


def test_one_number_turns_all_classes() -> None:
    assert DecodeSettings().with_value("thresholds", 0.3).thresholds == (0.3,) * DRUM_COUNT


def test_a_table_turns_the_classes_it_names() -> None:
    settings = DecodeSettings.from_dict({"thresholds": {"ride": 0.9}})
    assert settings.thresholds == (*DecodeSettings().thresholds[:7], 0.9)
    assert DecodePlan().with_value("micro.thresholds", {"kick": 0.25, "ride": 0.75}).micro == (
        DecodeSettings.micro_defaults()
        .with_value("thresholds.kick", 0.25)
        .with_value("thresholds.ride", 0.75)
    )


def test_micro_knobs_are_reached_by_their_prefix() -> None:
    plan = DecodePlan().with_assignments(
        ["micro.thresholds.kick=0.25", "nms_frames = 5", "micro.refine=off"]
    )
    assert plan.baseline == DecodeSettings().with_value("nms_frames", 5)
    assert plan.micro.thresholds[DrumClass.KICK] == 0.25
    assert plan.micro.refine is False
    assert plan.value("micro.thresholds.kick") == 0.25


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("activity_gate=1.5", "activity_gate must be from 0 to 1, not 1.5."),
        ("activity_gate=nan", "activity_gate must be from 0 to 1, not nan."),
        ("activity_gate=", "activity_gate must be from 0 to 1, not nothing."),
        ("micro.thresholds.ride=2", "micro.thresholds.ride must be from 0.05 to 1, not 2."),
        ("min_spacing_ms.kick=-1", "min_spacing_ms.kick must be from 0 to 120 ms, not -1."),
        ("nms_frames=4", "nms_frames must be 3, 5, 7 … 41 frames, not 4."),
        ("nms_frames=43", "nms_frames must be 3, 5, 7 … 41 frames, not 43."),
        ("arbitrate=perhaps", "arbitrate must be on or off, not perhaps."),
        ("gate=0.5", "There is no knob named gate. Known: activity_gate, thresholds"),
        ("thresholds.cowbell=0.5", "thresholds has no class cowbell. Known: kick, snare"),
        ("activity_gate.kick=0.5", "activity_gate has one value for all drums"),
        ("activity_gate", "activity_gate is not of the form knob=value."),
    ],
)
def test_a_wrong_assignment_names_the_knob_and_its_bounds(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as error:
        DecodePlan().with_assignments([text])
    assert str(error.value).startswith(complaint)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"schema": 2},
        {"schema": 1, "extra": {}},
        {"schema": 1, "baseline": []},
        {"schema": 1, "baseline": {"unheard": 1}},
        {"schema": 1, "baseline": {"micro.refine": True}},
        {"schema": 1, "micro": {"thresholds": {"cowbell": 0.5}}},
        {"schema": 1, "micro": {"thresholds": [0.5] * 7}},
        {"schema": 1, "micro": {"thresholds": {"kick": None}}},
        {"schema": 1, "baseline": {"activity_gate": True}},
        {"schema": 1, "baseline": {"activity_gate": 10**400}},
        {"schema": 1, "baseline": {"nms_frames": 9.5}},
        {"schema": 1, "baseline": {"refine": 1}},
    ],
)
def test_foreign_data_is_refused(data: Any) -> None:
    with pytest.raises(SettingsError):
        DecodePlan.from_dict(data)


def test_the_constructor_checks_too() -> None:
    with pytest.raises(SettingsError, match=r"thresholds\.kick must be from"):
        DecodeSettings(thresholds=(5.0,) * DRUM_COUNT)
    with pytest.raises(SettingsError, match="thresholds needs 8 values"):
        DecodeSettings(thresholds=(0.5,))


def test_absent_knobs_keep_the_defaults_of_their_mode() -> None:
    assert DecodePlan.from_dict({"schema": 1, "micro": {}}) == DecodePlan()
    assert DecodePlan().micro.nms_frames == 17


@st.composite
def any_plan(draw: st.DrawFn) -> DecodePlan:
    plan = DecodePlan()
    for knob in KNOBS:
        for path in knob.paths():
            if knob.kind == "bool":
                value: Any = draw(st.booleans())
            elif knob.kind == "int":
                value = int(knob.minimum) + 2 * draw(st.integers(0, 19))
            else:
                value = draw(st.floats(knob.minimum, knob.maximum))
            plan = plan.with_value(draw(st.sampled_from(["", "micro."])) + path, value)
    return plan


@given(any_plan())
def test_a_plan_survives_json(plan: DecodePlan) -> None:
    assert DecodePlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_knob_of_before_is_passed_over_in_files() -> None:
    data = {**DecodeSettings().to_dict(), "rival_share": 0.4}
    assert DecodeSettings.from_dict(data) == DecodeSettings()
    with pytest.raises(SettingsError, match="no knob named rival_share"):
        DecodePlan().with_assignments(["rival_share=0.4"])


@pytest.mark.parametrize("micro", [False, True])
def test_a_table_of_all_knobs_is_checked_once(micro: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    table = DecodeSettings(activity_gate=0.25, nms_frames=5).to_dict()
    made: list[DecodeSettings] = []
    check = DecodeSettings.__post_init__

    def counting(self: DecodeSettings) -> None:
        made.append(self)
        check(self)

    monkeypatch.setattr(DecodeSettings, "__post_init__", counting)
    read = DecodeSettings.from_dict(table, micro)
    assert made == [read]
    assert read.to_dict() == table
