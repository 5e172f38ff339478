"""Activations and knobs -> hits, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass, Hit
from chart_hero_core.decode.decoder import decode, near_misses
from chart_hero_core.decode.settings import DecodePlan, DecodeSettings
from tests.core.decode.strategies import FINE_HOP_S, HOP_S, OPEN, by_hand, rendered

KICK, SNARE = DrumClass.KICK, DrumClass.SNARE
TOM_HIGH, TOM_LOW = DrumClass.TOM_HIGH, DrumClass.TOM_LOW
HIHAT, CRASH, RIDE = DrumClass.HIHAT, DrumClass.CRASH, DrumClass.RIDE
# Hypothesis describes slow examples, and those hold whole curves.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


def frames_of(hits: list[Hit], drum: DrumClass = KICK, hop_s: float = HOP_S) -> list[int]:
    return [round(hit.time_s / hop_s) for hit in hits if hit.drum == drum]


def test_a_threshold_holds_for_its_own_class_and_includes_itself() -> None:
    activations = by_hand(60, {KICK: {10: 0.5, 30: 0.75}, SNARE: {10: 0.5}})
    hits = decode(activations, OPEN.with_value("thresholds.kick", 0.75))
    assert frames_of(hits, KICK) == [30]
    assert frames_of(hits, SNARE) == [10]


def test_a_hit_has_the_time_class_and_height_of_its_peak() -> None:
    hits = decode(by_hand(20, {SNARE: {4: 0.5}}), OPEN)
    assert hits == [Hit(4 * HOP_S, SNARE, 0.5, None)]


def test_the_gate_looks_two_frames_around_the_peak() -> None:
    activations = by_hand(40, {KICK: {10: 0.9, 20: 0.9, 30: 0.9}})
    onset = np.zeros(40, dtype=np.float32)
    onset[10], onset[22], onset[33] = 0.75, 0.75, 0.75
    gated = Activations(activations.classes, onset, HOP_S)
    assert frames_of(decode(gated, OPEN.with_value("activity_gate", 0.75))) == [10, 20]
    assert frames_of(decode(gated, OPEN.with_value("activity_gate", 0.76))) == []


@pytest.mark.parametrize(
    ("window", "expected"), [(3, [10, 14, 19]), (7, [10, 14, 19]), (9, [14, 19]), (11, [14])]
)
def test_a_peak_survives_as_the_highest_within_half_its_window(
    window: int, expected: list[int]
) -> None:
    activations = by_hand(40, {KICK: {10: 0.7, 14: 0.9, 19: 0.8}})
    assert frames_of(decode(activations, OPEN.with_value("nms_frames", window))) == expected


def test_of_two_equal_peaks_in_the_window_the_earlier_survives() -> None:
    activations = by_hand(40, {KICK: {10: 0.7, 13: 0.7}})
    assert frames_of(decode(activations, OPEN.with_value("nms_frames", 7))) == [10]


def test_a_plateau_is_one_peak() -> None:
    activations = by_hand(40, {KICK: {10: 0.7, 11: 0.7, 12: 0.7}})
    assert frames_of(decode(activations, OPEN)) == [10]


def test_the_first_and_last_frame_of_a_song_can_be_hits() -> None:
    activations = by_hand(20, {KICK: {0: 0.9, 19: 0.9}})
    assert frames_of(decode(activations, OPEN)) == [0, 19]


def test_spacing_takes_the_closest_pair_first() -> None:
    # Frames are 5.8 ms: the pairs are 17.4 ms (10-13) and 23.2 ms (13-17) apart.
    activations = by_hand(40, {KICK: {10: 0.9, 13: 0.8, 17: 0.7}})
    at = {
        spacing: frames_of(decode(activations, OPEN.with_value("min_spacing_ms.kick", spacing)))
        for spacing in (17, 18, 24, 41)
    }
    assert at == {17: [10, 13, 17], 18: [10, 17], 24: [10, 17], 41: [10]}


def test_a_crescendo_closer_than_the_spacing_is_thinned_not_swallowed() -> None:
    rising = {10 + 4 * i: 0.5 + 0.05 * i for i in range(8)}
    hits = decode(by_hand(60, {KICK: rising}), OPEN.with_value("min_spacing_ms.kick", 25))
    assert frames_of(hits) == [14, 22, 30, 38]


def test_tom_and_cymbal_of_one_colour_struck_together_become_the_likelier_one() -> None:
    activations = by_hand(
        60,
        {TOM_HIGH: {10: 0.9, 30: 0.5}, HIHAT: {11: 0.6, 30: 0.7}, CRASH: {10: 0.4}, KICK: {10: 1}},
    )
    hits = decode(activations, OPEN.with_value("arbitrate", True))
    assert [(round(hit.time_s / HOP_S), hit.drum) for hit in hits] == [
        (10, KICK),
        (10, TOM_HIGH),
        (10, CRASH),
        (30, HIHAT),
    ]


@pytest.mark.parametrize(
    ("margin", "winner"), [(-0.2, TOM_HIGH), (0.24, TOM_HIGH), (0.25, HIHAT), (0.3, HIHAT)]
)
def test_the_margin_is_what_a_tom_has_to_lead_by(margin: float, winner: DrumClass) -> None:
    activations = by_hand(30, {TOM_HIGH: {10: 0.75}, HIHAT: {10: 0.5}})
    knobs = OPEN.with_value("arbitrate", True).with_value("arbitration_margin", margin)
    assert [hit.drum for hit in decode(activations, knobs)] == [winner]


@pytest.mark.parametrize(
    ("share", "frames"),
    [(1.0, [18, 34, 50]), (0.6, [10, 18, 26, 34, 42, 50]), (0.65, [18, 34, 50])],
)
def test_in_a_roll_three_sure_strokes_speak_for_the_others(share: float, frames: list[int]) -> None:
    # 46 ms apart, six of them, or only five where one is too low. The five from frame 70 on are
    # no roll, nor are the six from frame 120 on, with two sure ones. The hat leads no snares.
    snare = {10: 0.32, 18: 0.6, 26: 0.36, 34: 0.6, 42: 0.4, 50: 0.6}
    few = {70: 0.9, 78: 0.9, 86: 0.4, 94: 0.4, 102: 0.9}
    unsure = {120: 0.9, 128: 0.4, 136: 0.4, 144: 0.9, 152: 0.4, 160: 0.4}
    curves = {SNARE: snare | few | unsure, HIHAT: {58: 0.9}}
    knobs = OPEN.with_value("thresholds", 0.5).with_value("roll_share", share)
    hits = decode(by_hand(180, curves), knobs)
    assert frames_of(hits, SNARE) == [*frames, 70, 78, 102, 120, 144]


@pytest.mark.parametrize(("after", "stroke"), [(3, False), (5, True)])
def test_in_a_roll_what_lies_too_near_for_its_pace_is_a_ripple(after: int, stroke: bool) -> None:
    # Strokes 46 ms apart; a quarter of that is 4 frames of 2.9 ms.
    roll = {16 + 16 * step: 0.9 for step in range(6)}
    activations = by_hand(140, {SNARE: roll | {48 + after: 0.7}}, FINE_HOP_S)
    knobs = OPEN.with_value("nms_frames", 13).with_value("thresholds", 0.6)
    assert frames_of(decode(activations, knobs), SNARE, FINE_HOP_S) == list(roll)
    hits = decode(activations, knobs.with_value("roll_share", 0.9))
    expected = sorted([*roll, 48 + after] if stroke else roll)
    assert frames_of(hits, SNARE, FINE_HOP_S) == expected


def test_in_a_roll_a_stroke_may_lie_close_to_a_higher_one() -> None:
    roll = {10 + 4 * step: 0.9 if step % 2 else 0.7 for step in range(6)}
    knobs = OPEN.with_value("nms_frames", 11).with_value("thresholds", 0.5)
    alone = decode(by_hand(60, {SNARE: roll}), knobs)
    assert [round(hit.time_s / HOP_S) for hit in alone] == [14, 22, 30]
    together = decode(by_hand(60, {SNARE: roll}), knobs.with_value("roll_share", 0.9))
    assert [round(hit.time_s / HOP_S) for hit in together] == list(roll)


@pytest.mark.parametrize(
    ("level", "kept"), [(0.0, {HIHAT, CRASH}), (0.4, {HIHAT, CRASH}), (0.41, {CRASH})]
)
def test_the_less_sure_of_two_cymbals_must_be_sure_itself(
    level: float, kept: set[DrumClass]
) -> None:
    # The kick is nobody's rival, and a hat 23 ms later is another stroke.
    curves = {HIHAT: {10: 0.4, 20: 0.3}, CRASH: {11: 0.8, 24: 0.8}, KICK: {10: 0.1}}
    hits = decode(by_hand(40, curves), OPEN.with_value("rival_confidence", level))
    assert {hit.drum for hit in hits if 8 < hit.time_s / HOP_S < 14} == kept | {KICK}
    assert {hit.drum for hit in hits if hit.time_s / HOP_S > 16} == {HIHAT, CRASH}


@pytest.mark.parametrize(
    ("hihat", "ride", "share", "charted"),
    [
        (0.28, 0.25, 1.0, None),  # off: neither reaches its threshold of 0.3
        (0.28, 0.25, 0.8, HIHAT),
        (0.25, 0.28, 0.8, RIDE),
        (0.28, 0.2, 0.8, None),  # not sure enough of any cymbal
        (0.28, 0.25, 0.95, None),  # the likeliest one is too weak by itself
    ],
)
def test_the_likeliest_of_several_cymbals_needs_a_share_of_its_threshold(
    hihat: float, ride: float, share: float, charted: DrumClass | None
) -> None:
    activations = by_hand(30, {HIHAT: {10: hihat}, RIDE: {12: ride}, SNARE: {10: 0.29}})
    knobs = OPEN.with_value("thresholds", 0.3).with_value("cymbal_share", share)
    drums = [hit.drum for hit in decode(activations, knobs)]
    assert drums == ([] if charted is None else [charted])


def test_a_cymbal_that_is_sure_by_itself_is_not_undecided() -> None:
    activations = by_hand(30, {HIHAT: {10: 0.9}, RIDE: {10: 0.2}})
    knobs = OPEN.with_value("thresholds", 1.0).with_value("cymbal_share", 0.5)
    assert not decode(activations, knobs)


def test_of_undecided_cymbals_the_gate_lets_through_a_share_too() -> None:
    heard = by_hand(30, {HIHAT: {10: 0.28}, RIDE: {10: 0.25}})
    activations = replace(heard, onset=np.full(30, 0.5, np.float32))
    knobs = OPEN.with_value("thresholds", 0.3).with_value("cymbal_share", 0.8)
    assert decode(activations, knobs.with_value("activity_gate", 0.6))
    assert not decode(activations, knobs.with_value("activity_gate", 0.7))


def test_snare_and_toms_are_rivals_by_calibrated_confidence_whatever_the_thresholds() -> None:
    activations = by_hand(30, {SNARE: {10: 0.6}, TOM_HIGH: {10: 0.5}, TOM_LOW: {20: 0.5}})
    bias = [0.0] * DRUM_COUNT
    bias[SNARE] = -2.0
    knobs = OPEN.with_value("rival_confidence", 1.0)
    assert [hit.drum for hit in decode(activations, knobs)] == [SNARE, TOM_LOW]
    calibration = Calibration(bias=tuple(bias))
    assert [hit.drum for hit in decode(activations, knobs, calibration)] == [TOM_HIGH, TOM_LOW]
    # It does not come back where the surer one falls below its threshold.
    hits = decode(activations, knobs.with_value("thresholds.snare", 0.7))
    assert [hit.drum for hit in hits] == [TOM_LOW]


def test_further_apart_than_the_window_both_stay() -> None:
    activations = by_hand(30, {TOM_HIGH: {10: 0.75}, HIHAT: {13: 0.5}})  # 17.4 ms
    knobs = OPEN.with_value("arbitrate", True)
    assert len(decode(activations, knobs.with_value("arbitration_window_ms", 17))) == 2
    assert len(decode(activations, knobs.with_value("arbitration_window_ms", 18))) == 1


def test_confidence_is_calibrated_and_decides_between_tom_and_cymbal() -> None:
    activations = by_hand(30, {TOM_HIGH: {10: 0.75}, HIHAT: {10: 0.5}})
    bias = [0.0] * DRUM_COUNT
    bias[TOM_HIGH] = -np.log(9.0)  # 3:1 odds become 1:3
    (hit,) = decode(activations, OPEN.with_value("arbitrate", True), Calibration(bias=tuple(bias)))
    assert hit.drum == HIHAT
    (tom, _) = decode(activations, OPEN, Calibration(bias=tuple(bias)))
    assert tom.confidence == pytest.approx(0.25)


def test_offsets_move_the_hits_of_their_class() -> None:
    activations = by_hand(30, {KICK: {10: 0.9}, SNARE: {10: 0.9}})
    hits = decode(activations, OPEN.with_value("offset_ms.kick", -4.5))
    assert [hit.drum for hit in hits] == [KICK, SNARE]
    assert hits[0].time_s == pytest.approx(10 * HOP_S - 0.0045)
    assert hits[1].time_s == pytest.approx(10 * HOP_S)


def test_without_an_offset_head_the_parabola_places_the_hit() -> None:
    activations = by_hand(30, {KICK: {9: 0.5, 10: 0.9, 11: 0.7}})
    (hit,) = decode(activations, OPEN.with_value("refine", True))
    # 0.5 * (0.7 - 0.5) / (2 * 0.9 - 0.5 - 0.7) = 1/6 of a frame later.
    assert hit.time_s == pytest.approx((10 + 1 / 6) * HOP_S)


def test_the_offset_head_places_the_hit() -> None:
    plain = by_hand(30, {KICK: {9: 0.5, 10: 0.9, 20: 0.9}})
    offset = np.zeros((DRUM_COUNT, 30), dtype=np.float32)
    offset[KICK, 10] = 0.25
    offset[KICK, 20] = np.nan
    activations = Activations(plain.classes, plain.onset, HOP_S, offset=offset)
    first, second = decode(activations, OPEN.with_value("refine", True))
    assert first.time_s == pytest.approx(10.25 * HOP_S)
    assert second.time_s == pytest.approx(20 * HOP_S)


def test_velocity_is_read_at_the_peak() -> None:
    plain = by_hand(30, {KICK: {10: 0.9}})
    velocity = np.zeros((DRUM_COUNT, 30), dtype=np.float32)
    velocity[KICK, 10] = 0.625
    activations = Activations(plain.classes, plain.onset, HOP_S, velocity=velocity)
    assert decode(activations, OPEN)[0].velocity == 0.625


def test_activations_that_are_not_numbers_give_no_hits() -> None:
    classes = np.full((DRUM_COUNT, 20), np.nan, dtype=np.float32)
    classes[KICK, 5] = 0.9
    onset = np.full(20, np.nan, dtype=np.float32)
    knobs = OPEN.with_value("activity_gate", 0.1)
    assert decode(Activations(classes, onset, HOP_S), knobs) == []


def test_a_span_is_decoded_with_the_micro_knobs() -> None:
    onsets = [(0.2, KICK), (0.5, KICK), (0.8, KICK)]
    span = rendered(onsets, 0.6, FINE_HOP_S, start_s=0.4, height=0.6)
    activations = rendered(onsets, 1.0, spans=(span,))
    both = [round(hit.time_s, 2) for hit in decode(activations, OPEN)]
    assert both == [0.2, 0.5, 0.8]
    strict_micro = DecodePlan(OPEN, OPEN.with_value("thresholds", 0.7))
    assert [round(hit.time_s, 2) for hit in decode(activations, strict_micro)] == [0.2, 0.8]
    strict_base = DecodePlan(OPEN.with_value("thresholds", 0.95), OPEN)
    assert [round(hit.time_s, 2) for hit in decode(activations, strict_base)] == [0.5]


def test_a_micro_calibration_holds_inside_spans() -> None:
    span = rendered([(0.5, KICK)], 0.6, FINE_HOP_S, start_s=0.4)
    activations = rendered([(0.2, KICK), (0.5, KICK)], 1.0, spans=(span,))
    twice = Calibration(scale=(2.0,) * DRUM_COUNT)
    outside, inside = decode(activations, OPEN, Calibration(micro=twice))
    assert outside.confidence < 0.91 < 0.95 < inside.confidence


@given(
    seam_frame=st.integers(20, 40),
    shift=st.floats(-3.0, 3.0),
    others=st.lists(st.integers(0, 10), max_size=4, unique=True),
)
def test_an_onset_at_a_seam_is_heard_once(seam_frame: int, shift: float, others: list[int]) -> None:
    onsets = [(0.06 + 0.05 * other, SNARE) for other in others]
    seam_s, end_s = seam_frame * HOP_S, (seam_frame + 30) * HOP_S
    onsets += [(seam_s + shift * HOP_S, KICK), (end_s + shift * HOP_S, KICK)]
    onsets.sort()
    span = rendered(onsets, end_s, FINE_HOP_S, start_s=seam_s)
    hits = decode(rendered(onsets, 0.6, spans=(span,)), OPEN.with_value("refine", True))
    assert [hit.drum for hit in hits] == [drum for _, drum in onsets]
    # The parabola through a triangle is off by less than a sixth of a frame.
    errors = [abs(hit.time_s - time_s) for hit, (time_s, _) in zip(hits, onsets, strict=True)]
    assert max(errors) < HOP_S / 6 + 1e-6


def test_spans_may_cover_the_whole_song() -> None:
    onsets = [(0.0, KICK), (0.3, SNARE), (0.6 - HOP_S, KICK)]
    span = rendered(onsets, 0.6, FINE_HOP_S)
    activations = rendered(onsets, 0.6, spans=(span,))
    plan = DecodePlan(OPEN.with_value("thresholds", 1.0), OPEN)
    assert [hit.drum for hit in decode(activations, plan)] == [KICK, SNARE, KICK]


def test_a_stroke_moved_to_the_start_of_the_song_belongs_to_what_follows() -> None:
    early = OPEN.with_value("offset_ms.kick", -4.5)
    activations = by_hand(20, {KICK: {0: 0.9}, SNARE: {0: 0.9}})
    assert decode(activations, early, end_s=0.0) == []
    assert len(decode(activations, early, start_s=0.0)) == 2


def test_near_misses_by_hand() -> None:
    activations = by_hand(60, {KICK: {10: 0.75, 30: 0.5, 50: 0.25}})
    knobs = OPEN.with_value("thresholds", 0.625)
    assert frames_of(near_misses(activations, knobs, below=0.2)) == [30]
    assert frames_of(near_misses(activations, knobs, below=0.1)) == []


def test_nothing_is_heard_before_the_song_begins() -> None:
    classes = np.full((DRUM_COUNT, 20), 0.01, np.float32)
    classes[DrumClass.KICK, 0] = 0.9
    onset = np.full(20, 0.01, np.float32)
    onset[0] = 0.9
    early = DecodeSettings().with_value("offset_ms.kick", -20.0)
    (hit,) = decode(Activations(classes, onset, hop_s=0.0058), early)
    assert hit.time_s == 0.0


@pytest.mark.parametrize(("beside", "stays"), [(0.4, False), (0.6, True)])
def test_of_two_rolls_at_once_the_much_surer_one_is_played(beside: float, stays: bool) -> None:
    places = [10 + 8 * step for step in range(6)]
    mine, other = dict.fromkeys(places, 0.9), dict.fromkeys(places, beside)
    knobs = OPEN.with_value("thresholds", 0.3).with_value("roll_share", 0.9)
    found = decode(
        by_hand(120, {SNARE: mine, TOM_HIGH: other}), knobs.with_value("rival_confidence", 0.95)
    )
    assert frames_of(found, SNARE) == places
    assert frames_of(found, TOM_HIGH) == (places if stays else [])


def test_strokes_of_a_roll_have_no_rivals() -> None:
    roll = {10 + 8 * step: 0.5 for step in range(6)}
    curves = {SNARE: roll | {80: 0.5}, TOM_HIGH: {26: 0.8, 80: 0.8}}
    knobs = OPEN.with_value("rival_confidence", 1.0)
    assert frames_of(decode(by_hand(120, curves), knobs), SNARE) == [10, 18, 34, 42, 50]
    helped = decode(by_hand(120, curves), knobs.with_value("roll_share", 0.9))
    assert frames_of(helped, SNARE) == list(roll)
    assert frames_of(helped, TOM_HIGH) == [26, 80]
