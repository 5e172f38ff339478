"""Reading strokes, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.strokes import LABELS, Strokes, read_tsv, tsv_text


def write(folder: Path, text: str) -> Path:
    path = folder / "song.tsv"
    path.write_bytes(text.encode())
    return path


def test_reads_times_classes_and_confidences(tmp_path: Path) -> None:
    path = write(
        tmp_path, "\ufeff# a comment\n0.5\tkick\t0.25\r\n\n1.0\ttom_low\tLFT\n1.5\tother\n"
    )
    strokes = read_tsv(path)
    assert strokes.times_s.tolist() == [0.5, 1.0]
    assert [LABELS[code] for code in strokes.labels] == ["kick", "tom_low"]
    assert strokes.confidence[0] == 0.25
    assert np.isnan(strokes.confidence[1])
    assert strokes.warnings == ()
    assert not strokes.five_class


def test_five_class_labels_are_known(tmp_path: Path) -> None:
    assert read_tsv(write(tmp_path, "0\ttom\n1\tcymbal\n")).five_class


def test_rows_out_of_order_are_sorted_and_named(tmp_path: Path) -> None:
    strokes = read_tsv(write(tmp_path, "2.0\tkick\n# note\n1.0\tsnare\n0.5\tride\n"))
    assert strokes.times_s.tolist() == [0.5, 1.0, 2.0]
    assert [LABELS[code] for code in strokes.labels] == ["ride", "snare", "kick"]
    assert len(strokes.warnings) == 1
    assert f"{tmp_path / 'song.tsv'}:3:" in strokes.warnings[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1.0 kick", "needs onset"),
        ("1,0\tkick", "is not a number"),
        ("-0.001\tkick", "negative or not finite"),
        ("nan\tkick", "negative or not finite"),
        ("inf\tkick", "negative or not finite"),
        ("1.0\tcowbell", "is none of"),
        ("1.0\tKICK", "is none of"),
    ],
)
def test_bad_rows_are_named_by_file_and_line(tmp_path: Path, row: str, reason: str) -> None:
    path = write(tmp_path, f"0.1\tkick\n\n{row}\n")
    with pytest.raises(EvaluationError, match=reason) as caught:
        read_tsv(path)
    assert f"{path}:3:" in str(caught.value)


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "song.tsv"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(EvaluationError, match="not a text file"):
        read_tsv(path)
    with pytest.raises(EvaluationError, match="Could not read"):
        read_tsv(tmp_path / "nothing.tsv")


def test_an_empty_file_has_no_strokes(tmp_path: Path) -> None:
    assert read_tsv(write(tmp_path, "")).times_s.size == 0


def test_hits_become_strokes_in_time_order() -> None:
    strokes = Strokes.from_hits([Hit(2.0, DrumClass.RIDE, 0.5), Hit(1.0, DrumClass.KICK, 0.75)])
    assert strokes.times_s.tolist() == [1.0, 2.0]
    assert strokes.labels.tolist() == [int(DrumClass.KICK), int(DrumClass.RIDE)]
    assert strokes.confidence.tolist() == [0.75, 0.5]


@pytest.mark.parametrize("times", [[-1.0], [float("nan")], [float("inf")]])
def test_impossible_times_are_refused(times: list[float]) -> None:
    with pytest.raises(EvaluationError, match="negative or not finite"):
        Strokes.of(times, [0])


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(EvaluationError, match="differ in number"):
        Strokes.of([1.0, 2.0], [0])


def test_shifting_moves_each_class_and_stops_at_zero() -> None:
    strokes = Strokes.of([0.001, 0.5, 0.503], [0, 0, 1], [0.1, 0.2, 0.3])
    shifts = np.zeros(len(LABELS))
    shifts[0], shifts[1] = -0.002, -0.010
    moved = strokes.shifted(shifts)
    np.testing.assert_allclose(moved.times_s, [0.0, 0.493, 0.498])
    assert moved.labels.tolist() == [0, 1, 0]
    assert moved.confidence.tolist() == [0.1, 0.3, 0.2]
    assert strokes.times_s[0] == 0.001


def test_written_text_reads_back(tmp_path: Path) -> None:
    strokes = Strokes.of([0.25, 1.125], [3, 8], [0.5, 0.75])
    again = read_tsv(write(tmp_path, tsv_text(strokes)))
    assert again.times_s.tolist() == strokes.times_s.tolist()
    assert again.labels.tolist() == strokes.labels.tolist()
    assert again.confidence.tolist() == strokes.confidence.tolist()
    assert tsv_text(Strokes.of([1.0], [0])) == "1.000000\tkick\n"
