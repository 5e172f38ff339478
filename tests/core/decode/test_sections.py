"""The scan for passages that want micro mode, on curves rendered from known strokes."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.decode.sections import FlaggedSection, Reason, SectionSettings, flag_sections
from tests.core.decode.strategies import HOP_S, noise, rendered

Onsets = list[tuple[float, DrumClass]]
KICK, SNARE, HIHAT = DrumClass.KICK, DrumClass.SNARE, DrumClass.HIHAT
SONG_S = 16.0


def groove(bpm: float, hats_per_beat: int = 2) -> Onsets:
    """Kick and snare in turn on the beats, hats between."""
    beat_s = 60 / bpm
    beats = int(SONG_S / beat_s)
    strokes = [(i * beat_s, SNARE if i % 2 else KICK) for i in range(beats)]
    return strokes + [(i * beat_s / hats_per_beat, HIHAT) for i in range(beats * hats_per_beat)]


def run(start_s: float, bpm: float, note: int, count: int, *drums: DrumClass) -> Onsets:
    """``count`` strokes of 1/``note`` on ``drums`` in turn."""
    step_s = 240 / bpm / note
    return [(start_s + i * step_s, drums[i % len(drums)]) for i in range(count)]


def flagged(onsets: Onsets, **settings: float) -> list[FlaggedSection]:
    return flag_sections(rendered(onsets, SONG_S), SectionSettings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "onsets",
    [
        [],
        groove(120),
        groove(180, 4),  # 16th hats, 83 ms
        groove(200) + run(4 * 1.2, 200, 16, 32, KICK),  # double kick in 16ths, 75 ms
        groove(100) + run(4.8, 200, 16, 64, KICK, SNARE),  # a slow blast
    ],
    ids=["silence", "rock", "fast hats", "double kick", "slow blast"],
)
def test_plain_grooves_are_left_alone(onsets: Onsets) -> None:
    assert flagged(onsets) == []


@pytest.mark.parametrize("bpm", [140, 180, 200, 220, 240])
@pytest.mark.parametrize("note", [64, 128])
def test_bursts_are_flagged_surely_and_where_they_are(bpm: int, note: int) -> None:
    burst = run(8.25, bpm, note, 16, SNARE)
    (section,) = flagged(groove(120) + burst)
    assert section.score > 0.8
    assert section.reason in (Reason.FAST, Reason.BLURRED)
    assert section.drum == SNARE
    assert section.start_s < 8.25
    assert burst[-1][0] < section.end_s < burst[-1][0] + 0.6


def test_curves_without_any_valley_are_blurred() -> None:
    classes = np.zeros((DRUM_COUNT, 400), dtype=np.float32)
    classes[SNARE, 100:120] = 0.8  # 116 ms
    classes[KICK, 300:303] = 0.8
    (section,) = flag_sections(Activations(classes, classes.max(axis=0), HOP_S))
    assert (section.reason, section.drum) == (Reason.BLURRED, SNARE)
    assert section.start_s == pytest.approx(100 * HOP_S - 0.2)
    assert section.end_s == pytest.approx(120 * HOP_S + 0.2)
    assert section.score == pytest.approx(0.8 / 3, abs=1e-6)  # one sign of three


@pytest.mark.parametrize("grace_ms", [20, 30])
def test_a_flam_is_flagged_with_little_certainty(grace_ms: int) -> None:
    onsets = groove(120)
    (section,) = flagged([*onsets, (8.5 - grace_ms / 1000, SNARE)])
    assert section.start_s < 8.48 < 8.5 < section.end_s
    assert 0.2 < section.score < 0.4
    assert flagged([*onsets, (8.5 - grace_ms / 1000, SNARE)], min_score=0.5) == []


@pytest.mark.parametrize("bpm", [260, 280])
def test_blasts_are_dense(bpm: int) -> None:
    blast = run(6.0, bpm, 16, 80, KICK, SNARE)
    (section,) = flagged(groove(60, 1) + blast)
    assert section.reason == Reason.DENSE
    assert section.drum is None
    assert section.start_s < 6.1
    assert section.end_s > blast[-1][0] - 0.1


def test_a_ripple_is_no_stroke() -> None:
    def with_second_peak(height: float) -> Activations:
        classes = np.zeros((DRUM_COUNT, 400), dtype=np.float32)
        classes[SNARE, 100], classes[SNARE, 105] = 0.9, height
        return Activations(classes, classes.max(axis=0), HOP_S)

    anything = SectionSettings(min_score=0.0)
    assert flag_sections(with_second_peak(0.4), anything) == []
    assert len(flag_sections(with_second_peak(0.5), anything)) == 1


def test_neighbouring_passages_become_one() -> None:
    first, second = run(4.0, 200, 64, 16, SNARE), run(4.9, 200, 64, 16, SNARE)
    assert len(flagged(first + second)) == 1
    assert len(flagged(first + second, merge_s=0.1)) == 2


def test_the_surest_passages_fill_the_share() -> None:
    bursts = [*run(3.0, 200, 64, 16, SNARE), *run(9.0, 160, 32, 16, SNARE)]
    both = flagged(bursts)
    assert len(both) == 2
    assert both[0].score > both[1].score
    share = (both[0].length_s + 0.6) / SONG_S
    first, second = flagged(bursts, max_share=share)
    assert first == both[0]
    assert second.start_s == both[1].start_s
    assert second.length_s == pytest.approx(0.6, abs=HOP_S)
    assert flagged(bursts, max_share=(both[0].length_s + 0.1) / SONG_S) == [both[0]]
    assert flagged(bursts, max_share=0.0) == []


@given(noise(), st.floats(0.0, 1.0))
def test_sections_are_in_order_inside_the_song_and_within_the_share(
    activations: Activations, share: float
) -> None:
    sections = flag_sections(activations, SectionSettings(max_share=share))
    assert all(a.end_s < b.start_s for a, b in pairwise(sections))
    for section in sections:
        assert activations.start_s <= section.start_s < section.end_s <= activations.end_s
        assert 0.0 <= section.score <= 1.0
    length_s = activations.end_s - activations.start_s
    assert sum(section.length_s for section in sections) <= share * length_s + 1e-9


@pytest.mark.parametrize(
    "wrong", [{"max_ioi_ms": 20.0}, {"max_share": 1.5}, {"dense_strokes": 1}, {"level": 0.0}]
)
def test_settings_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        SectionSettings(**wrong)  # type: ignore[arg-type]
