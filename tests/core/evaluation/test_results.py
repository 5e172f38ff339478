"""Whole evaluations: golden tables, the acceptance table, comparisons."""

from dataclasses import replace

import numpy as np
import pytest

from chart_hero_core.base.errors import Cancelled, EvaluationError
from chart_hero_core.base.progress import CallbackProgress
from chart_hero_core.evaluation.acceptance import acceptance, accepted
from chart_hero_core.evaluation.report.chart_tables import drumless_minutes
from chart_hero_core.evaluation.report.compare import MIN_SONGS, Comparison, Difference, compare
from chart_hero_core.evaluation.report.folder import (
    SavedReport,
    about,
    all_tables,
    saved_from,
    to_json,
)
from chart_hero_core.evaluation.report.text import render_acceptance, render_comparison, render_text
from chart_hero_core.evaluation.results import (
    TRUE_MAP,
    Evaluation,
    Options,
    SongPair,
    evaluate_songs,
)
from chart_hero_core.evaluation.strokes import EMPTY, LABELS, Strokes
from chart_hero_core.evaluation.timing import OffsetCorrection, OffsetCorrections
from chart_hero_core.evaluation.views import EIGHT, FIVE, ONSET, THREE
from chart_hero_core.timing.tempo_map import TempoMap
from tests.golden.evaluation import make

FEW = Options(samples=50)


@pytest.mark.parametrize("name", make.GOLDEN)
def test_the_tables_are_those_agreed_upon(name: str) -> None:
    expected = (make.FOLDER / f"{name}.csv").read_text()
    assert make.tables()[name] == expected


def whole_bar(seed: int, keep: float = 1.0, late_s: float = 0.0) -> SongPair:
    """32nds at 200 BPM on every drum, some left out."""
    tempo_map = TempoMap.constant(200)
    steps = np.arange(0, 480)
    times = steps * 60 / 200 / 16
    labels = np.tile(np.arange(8), 60)
    kept = np.random.default_rng(seed).random(steps.size) < keep
    return SongPair(
        name=f"song{seed}",
        reference=Strokes.of(times, labels),
        estimate=Strokes.of(times[kept] + late_s, labels[kept], np.full(int(kept.sum()), 0.9)),
        duration_s=10.0,
        tempo_map=tempo_map,
    )


def scored(keep: float, songs: int = MIN_SONGS, late_s: float = 0.0) -> Evaluation:
    pairs = [whole_bar(seed, keep, late_s) for seed in range(songs)]
    return evaluate_songs(pairs, FEW)


def report_of(evaluation: Evaluation, name: str = "estimate") -> SavedReport:
    return saved_from(to_json(evaluation, about("truth", name), all_tables(evaluation)))


def test_five_class_estimates_have_the_five_class_view_first() -> None:
    five = SongPair("s", Strokes.of([1.0, 2.0], [2, 7]), Strokes.of([1.0, 2.0], [8, 9]))
    evaluation = evaluate_songs([five], FEW)
    assert evaluation.views == (FIVE, THREE, ONSET)
    assert evaluation.counts(FIVE, 25.0)[0].tolist() == [
        *([0, 0, 0], [0, 0, 0], [1, 1, 1]),
        *([0, 0, 0], [1, 1, 1]),
    ]
    text = render_text(evaluation, "five")
    assert "5 classes\nclass" in text
    assert "8 classes" not in text


def test_views_can_be_asked_for() -> None:
    eight = evaluate_songs([whole_bar(0)], FEW)
    assert eight.views == (EIGHT, FIVE, THREE, ONSET)
    assert evaluate_songs([whole_bar(0)], replace(FEW, five_classes=True)).view is FIVE


def test_three_classes_are_three_of_the_five() -> None:
    evaluation = evaluate_songs([whole_bar(0, 0.5)], FEW)
    five, three = evaluation.counts(FIVE, 25.0)[0], evaluation.counts(THREE, 25.0)[0]
    assert three.tolist() == [five[0].tolist(), five[1].tolist(), five[3].tolist()]


def test_songs_need_names_of_their_own_and_there_must_be_one() -> None:
    with pytest.raises(EvaluationError, match="no song"):
        evaluate_songs([], FEW)
    with pytest.raises(EvaluationError, match="Two songs are named song0"):
        evaluate_songs([whole_bar(0), whole_bar(0)], FEW)


@pytest.mark.parametrize(
    "bad",
    [{"tolerances_ms": (0.0,)}, {"table_ms": -1.0}, {"detail_ms": 5000.0}, {"merge_ms": -1.0}],
)
def test_impossible_options_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(EvaluationError):
        Options(**bad)  # type: ignore[arg-type]


def test_cancelling_stops_between_songs() -> None:
    seen: list[str] = []
    progress = CallbackProgress(lambda _, message: seen.append(message), lambda: len(seen) > 1)
    with pytest.raises(Cancelled):
        evaluate_songs([whole_bar(seed) for seed in range(5)], FEW, progress)
    assert len(seen) == 2


def test_corrections_are_applied_and_the_figures_before_them_kept() -> None:
    corrections = OffsetCorrections(
        tuple(OffsetCorrection(label, -0.004, 30) for label in LABELS[:8]), "2030-01-02", "songs"
    )
    evaluation = evaluate_songs([whole_bar(0, late_s=0.004)], replace(FEW, corrections=corrections))
    text = render_text(evaluation, "late")
    assert "before corrections  kick" in text
    rows = {t.name: t for t in all_tables(evaluation)}["timing"].records()
    medians = {(r["stage"], r["class"]): r["median_ms"] for r in rows}
    assert medians["before corrections", "kick"] == pytest.approx(4.0)
    assert medians["after corrections", "kick"] == pytest.approx(0.0, abs=1e-9)


def test_music_without_drums_is_counted_by_the_minute() -> None:
    silent = SongPair("decoy", EMPTY, Strokes.of([1.0, 2.0, 3.0], [0, 5, 5]), 90.0)
    unknown = SongPair("unknown", EMPTY, Strokes.of([1.0], [0]))
    evaluation = evaluate_songs([silent, unknown, whole_bar(0)], FEW)
    assert [drumless_minutes(song) for song in evaluation.songs] == [1.5, None, None]
    rows = {t.name: t for t in all_tables(evaluation)}["drumless"].records()
    rates = {r["class"]: r["per_minute"] for r in rows}
    assert rates["hihat"] == pytest.approx(2 / 1.5)
    assert rates["all"] == pytest.approx(2.0)
    assert [song.pair.name for song, _ in evaluation.songs_by_f()] == ["song0"]


def test_everything_right_is_accepted() -> None:
    criteria = acceptance(scored(1.0))
    assert accepted(criteria)
    assert {c.name for c in criteria} >= {"Kick F1", "64th recall, 180-220 BPM", "Toms recall"}
    text = render_acceptance(criteria, 25.0)
    assert text.endswith("Accepted.\n")
    assert "FAIL" not in text


def test_each_criterion_fails_on_its_own_figure() -> None:
    evaluation = scored(0.6)
    failed = {c.name for c in acceptance(evaluation) if c.passed is False}
    assert "Kick recall" in failed
    assert "32nd recall, 180-220 BPM" in failed
    assert not failed & {"64th recall, 180-220 BPM", "Ride recall", "Kick precision"}
    assert not accepted(acceptance(evaluation))
    assert "FAIL" in render_acceptance(acceptance(evaluation), 25.0)


def test_late_strokes_fail_on_timing_alone() -> None:
    failed = [c for c in acceptance(scored(1.0, late_s=0.006)) if c.passed is False]
    assert [c.name for c in failed] == ["Largest median offset (kick)"]
    assert failed[0].figure == pytest.approx(6.0)


def test_early_strokes_fail_on_timing_too() -> None:
    late = [whole_bar(seed, late_s=0.006) for seed in range(MIN_SONGS)]
    early = [replace(p, reference=p.estimate, estimate=p.reference) for p in late]
    failed = [c for c in acceptance(evaluate_songs(early, FEW)) if c.passed is False]
    assert "Largest median offset (kick)" in [c.name for c in failed]
    assert failed[-1].unit == "ms"
    assert failed[-1].figure == pytest.approx(-6.0)


def test_what_was_not_measured_is_not_accepted() -> None:
    silent = SongPair("s", Strokes.of([1.0], [0]), Strokes.of([1.0], [0]))
    criteria = acceptance(evaluate_songs([silent], FEW))
    assert {c.passed for c in criteria} == {True, None}
    assert not accepted(criteria)
    assert "not measured" in render_acceptance(criteria, 25.0)


def test_five_classes_cannot_be_accepted() -> None:
    five = SongPair("s", Strokes.of([1.0], [2]), Strokes.of([1.0], [8]))
    with pytest.raises(EvaluationError, match="eight classes"):
        acceptance(evaluate_songs([five], FEW))


def difference(comparison: Comparison, measure: str, group: str = "") -> Difference:
    return next(
        d
        for d in comparison.differences
        if d.measure == measure and d.group == (group or comparison.main_group)
    )


def test_a_clear_change_is_told_from_noise() -> None:
    comparison = compare(report_of(scored(0.6), "a"), report_of(scored(0.9), "b"))
    found = difference(comparison, "micro F")
    assert found.verdict == "better"
    assert found.difference.low is not None
    assert 0 < found.difference.low < found.difference.value
    assert found.p == 0.0
    assert found.b - found.a == pytest.approx(found.difference.value)
    back = compare(report_of(scored(0.9), "b"), report_of(scored(0.6), "a"))
    assert difference(back, "micro F").verdict == "worse"
    assert difference(comparison, "32nd", "recall by subdivision").verdict == "better"
    assert "better" in render_comparison(comparison)


def test_a_change_within_the_noise_is_not_called_a_change() -> None:
    mixed = evaluate_songs([whole_bar(s, 0.9 if s % 2 else 0.6) for s in range(8)], FEW)
    other = evaluate_songs([whole_bar(s, 0.6 if s % 2 else 0.9) for s in range(8)], FEW)
    found = difference(compare(report_of(mixed), report_of(other)), "micro F")
    assert found.verdict == "no telling"
    assert found.p is not None
    assert found.p > 0.7  # of both sides: the songs change as much one way as the other


def test_a_report_is_the_same_as_itself() -> None:
    report = report_of(scored(0.8))
    assert {d.verdict for d in compare(report, report).differences} == {"same"}


def test_a_few_songs_cannot_tell() -> None:
    a, b = (report_of(scored(keep, MIN_SONGS - 1)) for keep in (0.5, 1.0))
    found = difference(compare(a, b), "micro F")
    assert (found.verdict, found.p) == ("too few songs", None)


def test_only_common_songs_are_compared() -> None:
    a, b = report_of(scored(0.8, 8)), report_of(scored(0.8, 6))
    comparison = compare(a, b)
    assert comparison.songs == tuple(f"song{i}" for i in range(6))
    assert comparison.left_out == ("song6", "song7")
    assert difference(comparison, "micro F").difference.value == 0
    stranger = report_of(evaluate_songs([replace(whole_bar(0), name="stranger")], FEW))
    with pytest.raises(EvaluationError, match="no song in common"):
        compare(a, stranger)


def test_songs_scored_against_another_truth_are_not_compared() -> None:
    pairs = [whole_bar(seed, 0.8) for seed in range(8)]
    labels = np.where(pairs[7].reference.labels == 7, 6, pairs[7].reference.labels)
    relabelled = replace(pairs[7].reference, labels=labels)
    changed = [*pairs[:7], replace(pairs[7], reference=relabelled)]
    a, b = (report_of(evaluate_songs(songs, FEW)) for songs in (pairs, changed))
    comparison = compare(a, b)
    assert comparison.other_truth == ("song7",)
    assert {d.verdict for d in comparison.differences} == {"same"}
    assert "against another truth in each: song7" in render_comparison(comparison)
    a, b = (report_of(evaluate_songs(songs[7:], FEW)) for songs in (pairs, changed))
    with pytest.raises(EvaluationError, match="different truths"):
        compare(a, b)


@pytest.mark.parametrize("other", [Options(samples=50, detail_ms=5), Options(five_classes=True)])
def test_reports_made_in_another_way_are_compared_in_what_they_share(other: Options) -> None:
    pairs = [whole_bar(seed, 0.8, late_s=0.006) for seed in range(MIN_SONGS)]
    a, b = (report_of(evaluate_songs(pairs, how)) for how in (FEW, other))
    comparison = compare(a, b)
    assert {d.verdict for d in comparison.differences} == {"same"}
    assert "speeds and places are not compared" in render_comparison(comparison)


def test_fewer_edits_are_better() -> None:
    def charted(keep: float) -> Evaluation:
        pairs = []
        for seed in range(MIN_SONGS):
            pair = whole_bar(seed, keep)
            assert pair.tempo_map is not None
            finished = make.chart(pair.reference, pair.tempo_map)
            suggested = {TRUE_MAP: make.chart(pair.estimate, pair.tempo_map)}
            pairs.append(replace(pair, finished=finished, suggested=suggested))
        return evaluate_songs(pairs, FEW)

    comparison = compare(report_of(charted(0.7)), report_of(charted(0.9)))
    found = difference(comparison, f"{TRUE_MAP}, all", "edits per 100 notes")
    assert found.b < found.a
    assert found.verdict == "better"


def test_strokes_that_end_before_the_first_annotated_beat_have_no_tempo() -> None:
    early = Strokes.of([0.5, 1.0], [0, 1])
    tempo_map = TempoMap.constant(120)
    pair = SongPair("early", early, early, None, tempo_map, beats_from_s=1.0)
    evaluated = evaluate_songs([replace(pair, estimated_tempo_map=tempo_map)], FEW)
    assert evaluated.songs[0].tempo is None
