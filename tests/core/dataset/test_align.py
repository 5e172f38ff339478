"""Alignment against sound whose offset, drift and wrongness are known."""

import numpy as np
import pytest

from chart_hero_core.dataset.align import align
from chart_hero_core.dataset.onsets import onset_envelope
from chart_hero_core.dataset.verdict import judge, unfit_spans
from chart_hero_core.dataset.warp import Shift, warp_to_audio
from tests.core.dataset.libraries import Take, play, take


@pytest.fixture(scope="module")
def song() -> Take:
    return take(1)


@pytest.mark.parametrize("offset_s", [-1.4137, 0.0, 0.3218, 1.4999])
def test_offsets_are_found_to_3_ms(song: Take, offset_s: float) -> None:
    sound = play(song.times_s + offset_s, song.drums, 26)
    found = align(song.times_s, song.drums, onset_envelope(sound))
    assert found.offset_s == pytest.approx(offset_s, abs=0.003)
    verdict = judge(found)
    assert verdict.used
    assert verdict.quality > 0.8
    assert found.residual_s < 0.004


@pytest.mark.parametrize("stray_s", [-1e9, 1e9])
def test_a_stray_note_takes_no_memory(song: Take, stray_s: float) -> None:
    envelope = onset_envelope(play(song.times_s + 0.25, song.drums, 26))
    times_s = np.sort(np.append(song.times_s, stray_s))
    kick = np.zeros(1, np.int8)
    drums = np.concatenate([kick, song.drums] if stray_s < 0 else [song.drums, kick])
    found = align(times_s, drums, envelope)
    assert found.offset_s == pytest.approx(0.25, abs=0.004)
    assert judge(found).used


def test_heavy_guitars_do_not_move_it(song: Take) -> None:
    sound = play(song.times_s + 0.25, song.drums, 26, noise=0.25)
    found = align(song.times_s, song.drums, onset_envelope(sound))
    assert found.offset_s == pytest.approx(0.25, abs=0.004)
    assert judge(found).used


def test_another_song_is_refused(song: Take) -> None:
    other = take(2)
    found = align(song.times_s, song.drums, onset_envelope(play(other.times_s, other.drums, 26)))
    verdict = judge(found)
    assert not verdict.used
    assert "fits no better here than elsewhere" in verdict.reason


@pytest.mark.parametrize("rate", [-0.004, 0.004])
def test_a_drift_is_noticed_and_can_be_followed(song: Take, rate: float) -> None:
    true_s = 0.2 + song.times_s * (1 + rate)
    envelope = onset_envelope(play(true_s, song.drums, 26))
    found = align(song.times_s, song.drums, envelope)
    verdict = judge(found)
    assert not verdict.used
    assert verdict.drifts
    shift, bent = warp_to_audio(song.times_s, song.drums, envelope, found)
    assert judge(bent).used
    error_s = np.abs(shift(song.times_s) - true_s)
    assert np.median(error_s) < 0.004
    assert error_s.max() < 0.012


def test_a_passage_that_is_missing_from_the_audio_is_named(song: Take) -> None:
    moved = song.times_s + np.where(song.times_s > 16, 0.5, 0.0)
    found = align(song.times_s, song.drums, onset_envelope(play(moved, song.drums, 27)))
    assert found.agreement < 0.9
    assert any(start < 20 < end for start, end in unfit_spans(found))


def test_a_steady_beat_is_put_where_the_song_begins() -> None:
    # Four on the floor fits a beat away nearly as well; the ends of the song decide.
    times_s = np.linspace(0.0, 23.5, 48)
    drums = np.zeros(48, np.int8)
    envelope = onset_envelope(play(times_s + 0.8, drums, 30))
    found = align(times_s, drums, envelope)
    assert found.offset_s == pytest.approx(0.8, abs=0.003)
    assert found.rival > 0.9


def test_what_the_chart_says_of_its_offset_is_the_middle_of_the_search(song: Take) -> None:
    sound = play(song.times_s + 3.0, song.drums, 28)
    found = align(song.times_s, song.drums, onset_envelope(sound), expected_s=2.5)
    assert found.offset_s == pytest.approx(3.0, abs=0.003)


def test_silence_and_short_sound_are_no_match(song: Take) -> None:
    for samples in (np.zeros(22_050, np.float32), np.zeros(64, np.float32)):
        assert not judge(align(song.times_s, song.drums, onset_envelope(samples))).used
    with pytest.raises(ValueError, match="nothing"):
        align(np.zeros(0), np.zeros(0, np.int8), onset_envelope(np.zeros(22_050, np.float32)))


def test_a_shift_prolongs_its_outer_lines() -> None:
    shift = Shift(np.array([1.0, 3.0]), np.array([0.1, 0.3]))
    moved = shift(np.array([0.0, 1.0, 2.0, 5.0]))
    np.testing.assert_allclose(moved, [0.0, 1.1, 2.2, 5.5], atol=1e-12)
    np.testing.assert_allclose(Shift(np.zeros(1), np.array([0.5]))(np.array([2.0])), [2.5])
