"""Activations and knobs -> hits: what must hold for any activations."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode, decode_counts, near_misses
from chart_hero_core.decode.settings import KNOBS, DecodePlan
from tests.core.decode.strategies import OPEN, noise

# Hypothesis describes slow examples, and those hold whole curves.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
RAISED = [
    path
    for knob in KNOBS
    if knob.name
    in (
        "activity_gate",
        "thresholds",
        "presence",
        "nms_frames",
        "min_spacing_ms",
        "rival_confidence",
        "cymbal_share",
        "roll_share",
    )
    for path in (knob.name, f"micro.{knob.name}")
]


@st.composite
def plans(draw: st.DrawFn) -> DecodePlan:
    plan = DecodePlan(OPEN, OPEN)
    for mode in ("", "micro."):
        plan = plan.with_value(f"{mode}arbitrate", draw(st.booleans()))
        plan = plan.with_value(f"{mode}arbitration_margin", draw(st.floats(-0.5, 0.5)))
        plan = plan.with_value(f"{mode}refine", draw(st.booleans()))
        plan = plan.with_value(f"{mode}rival_confidence", draw(st.floats(0.0, 1.0)))
        plan = plan.with_value(f"{mode}cymbal_share", draw(st.floats(0.1, 1.0)))
        plan = plan.with_value(f"{mode}roll_share", draw(st.floats(0.1, 1.0)))
        plan = plan.with_value(f"{mode}activity_gate", draw(st.floats(0.0, 1.0)))
        plan = plan.with_value(f"{mode}presence", draw(st.sampled_from([0.0, 0.4, 0.9])))
        plan = plan.with_value(f"{mode}nms_frames", draw(st.integers(1, 20)) * 2 + 1)
        for name, low, high in (("thresholds", 0.05, 1.0), ("min_spacing_ms", 0.0, 120.0)):
            values = draw(st.tuples(*[st.floats(low, high)] * DRUM_COUNT))
            plan = plan.with_value(mode + name, values)
    return plan


@settings(max_examples=300)
@given(noise(), plans(), st.sampled_from(RAISED), st.integers(0, 7), st.floats(0.0, 1.0))
def test_raising_a_threshold_gate_window_or_spacing_never_adds_a_hit(
    activations: Activations, plan: DecodePlan, path: str, drum: int, amount: float
) -> None:
    knob = next(knob for knob in KNOBS if path.endswith(knob.name))
    if knob.per_class:
        path += f".{DrumClass(drum).label}"
    before = plan.value(path)
    assert isinstance(before, float | int)
    raised = before + amount * (knob.maximum - before)
    if knob.kind == "int":
        raised = before + 2 * ((raised - before) // 2)
    more, fewer = decode(activations, plan), decode(activations, plan.with_value(path, raised))
    assert set(fewer) <= set(more)


@given(noise(), plans())
def test_hits_are_sorted_and_the_same_each_time_and_the_input_untouched(
    activations: Activations, plan: DecodePlan
) -> None:
    before = activations.classes.tobytes(), activations.onset.tobytes()
    hits = decode(activations, plan)
    assert hits == sorted(hits, key=lambda hit: (hit.time_s, hit.drum))
    assert hits == decode(activations, plan) == decode(prepare(activations), plan)
    assert (activations.classes.tobytes(), activations.onset.tobytes()) == before
    counts = decode_counts(activations, plan)
    assert counts == tuple(sum(hit.drum == drum for hit in hits) for drum in DrumClass)


@given(noise(), plans(), st.floats(0.0, 4.0))
def test_a_song_decoded_in_two_parts_is_the_song(
    activations: Activations, plan: DecodePlan, cut_s: float
) -> None:
    whole = decode(activations, plan)
    assert (
        decode(activations, plan, end_s=cut_s) + decode(activations, plan, start_s=cut_s) == whole
    )


@given(noise(spans=False), plans())
def test_strokes_of_one_drum_are_never_closer_than_its_spacing(
    activations: Activations, plan: DecodePlan
) -> None:
    hits = decode(activations, plan)
    for drum in DrumClass:
        times = [hit.time_s for hit in hits if hit.drum == drum]
        spacing_s = plan.baseline.min_spacing_ms[drum] / 1000
        # What refinement puts before the song is moved to its start, towards the next stroke.
        gaps = [later - earlier for earlier, later in pairwise(times) if earlier > 0]
        assert all(gap >= spacing_s - 1e-6 for gap in gaps)


@given(noise(), plans(), st.floats(0.0, 0.5))
def test_near_misses_are_what_lower_levels_would_add(
    activations: Activations, plan: DecodePlan, below: float
) -> None:
    lowered = plan
    for mode in ("", "micro."):
        gate, thresholds = plan.value(f"{mode}activity_gate"), plan.value(f"{mode}thresholds")
        assert isinstance(gate, float)
        assert isinstance(thresholds, tuple)
        lowered = lowered.with_value(f"{mode}activity_gate", max(gate - below, 0.0))
        lower = [max(one - below, 0.05) for one in thresholds]
        lowered = lowered.with_value(f"{mode}thresholds", lower)
    hits, missed = decode(activations, plan), near_misses(activations, plan, below=below)
    assert not set(hits) & set(missed)
    assert sorted(hits + missed, key=lambda hit: (hit.time_s, hit.drum)) == decode(
        activations, lowered
    )
