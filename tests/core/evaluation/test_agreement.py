"""Our tables against the independent scorer, to its last digit, on random data."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from chart_hero_core.evaluation.results import Options, SongPair, evaluate_songs
from chart_hero_core.evaluation.scores import Bootstrap, class_scores, macro, micro, per_song, prf
from chart_hero_core.evaluation.strokes import LABELS, read_tsv
from chart_hero_core.evaluation.timing import statistics
from chart_hero_core.evaluation.views import EIGHT, FIVE, THREE


@pytest.fixture(scope="module")
def scorer(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "score_drums", shared / "tools" / "score_drums.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_song(
    path: Path, rng: np.random.Generator, labels: tuple[str, ...], near: Path | None
) -> None:
    """Random rows in random order; near an existing song they jitter around its strokes."""
    count = int(rng.integers(0, 160))
    times = rng.uniform(0, 12, count)
    if near is not None:
        known = read_tsv(near).times_s
        kept = known[rng.random(known.size) < 0.8]
        times = np.concatenate([np.maximum(kept + rng.normal(0, 0.02, kept.size), 0), times[:20]])
    # Coarse times make exact ties, chords and distances at the very edge of the tolerances.
    times = np.round(times, int(rng.integers(2, 6)))
    rows = [f"{time!r}\t{rng.choice(labels)}\textra\n" for time in times.tolist()]
    path.write_text("".join(rng.permutation(rows)) if rows else "")


def make_folders(folder: Path, seed: int, five: bool) -> tuple[Path, Path]:
    rng = np.random.default_rng(seed)
    reference, estimate = folder / "ref", folder / "est"
    reference.mkdir()
    estimate.mkdir()
    eight = (*LABELS[:8], "other")
    fewer = ("kick", "snare", "tom", "hihat", "cymbal")
    for number in range(6):
        name = f"song{number}.tsv"
        write_song(reference / name, rng, eight, None)
        write_song(estimate / name, rng, fewer if five else eight, reference / name)
    (reference / "song9.tsv").write_text("1.0\tkick\n")
    (estimate / "song9.tsv").write_text("")
    (reference / "manifest.tsv").write_text("not a song\n")
    return reference, estimate


def rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


@pytest.mark.parametrize("five", [False, True])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("window_ms", [20.0, 25.0, 30.0, 50.0])
def test_every_figure_is_that_of_the_independent_scorer(
    scorer: ModuleType, tmp_path: Path, seed: int, window_ms: float, five: bool
) -> None:
    reference, estimate = make_folders(tmp_path, seed, five)
    merge_ms = 5.0 if seed % 2 else 0.0
    for classes in (5, 3) if five else (8, 5, 3):
        expected = scorer.score(
            str(reference),
            str(estimate),
            window=window_ms / 1000,
            n_classes=classes,
            merge_s=merge_ms / 1000,
        )
        options = Options(
            table_ms=window_ms, merge_ms=merge_ms, samples=10, five_classes=classes != 8
        )
        pairs = [
            SongPair(path.stem, read_tsv(path), read_tsv(estimate / path.name))
            for path in sorted(reference.glob("song*.tsv"))
        ]
        evaluation = evaluate_songs(pairs, options)
        view = {8: EIGHT, 5: FIVE, 3: THREE}[classes]
        counts, bootstrap = evaluation.counts(view, window_ms), Bootstrap(len(pairs), 10)
        overall = micro(counts, bootstrap)
        scores = dict(zip(view.classes, class_scores(counts, bootstrap), strict=True))
        for name, score in {**scores, "micro": overall}.items():
            row = expected["micro"] if name == "micro" else expected["per_class"][name]
            assert (score.ref, score.est, score.tp) == (row["ref"], row["est"], row["tp"])
            found = [round(x.value, 4) for x in (score.precision, score.recall, score.f)]
            assert found == [row["precision"], row["recall"], row["f"]]
        # The scorer averages figures it has rounded already.
        present = [round(score.f.value, 4) for score in scores.values() if score.ref]
        assert round(float(np.mean(present)), 4) == expected["macro_f"]
        assert macro(counts, bootstrap).value == pytest.approx(expected["macro_f"], abs=1e-4)
        per_track = {
            song.pair.name: round(float(prf(song.counts[view.name, window_ms].sum(axis=0))[2]), 4)
            for song in evaluation.songs
        }
        assert per_track == expected["per_track_f"]
        if all(song.pair.reference.times_s.size for song in evaluation.songs):
            exact = per_song(counts, bootstrap).value
            assert exact == pytest.approx(expected["mean_track_f"], abs=1e-4)
        if classes == 3:
            continue
        for code, name in enumerate(view.classes):
            late = np.concatenate([song.table[code].offsets_s for song in evaluation.songs])
            timing, row = statistics(late), expected["per_class"][name]
            assert rounded(timing.median_ms, 2) == row["median_offset_ms"]
            assert rounded(timing.mean_ms, 2) == row["mean_offset_ms"]
            assert rounded(timing.mean_abs_ms, 2) == row["mean_abs_offset_ms"]


def test_the_annotated_songs_agree_too(scorer: ModuleType, shared: Path) -> None:
    folder = shared / "eval" / "mdb_dev"
    if not folder.is_dir():
        pytest.skip("needs the annotated songs")
    expected = scorer.score(str(folder), str(folder), window=0.05, n_classes=8)
    pairs = [
        SongPair(path.stem, read_tsv(path), read_tsv(path)) for path in sorted(folder.glob("*.tsv"))
    ]
    evaluation = evaluate_songs(pairs, Options(samples=10))
    overall = micro(evaluation.counts(EIGHT, 50.0), evaluation.bootstrap)
    assert overall.tp == expected["micro"]["tp"] == overall.ref
    assert overall.f.value == 1.0
