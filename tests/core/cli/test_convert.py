"""``chart-hero convert``: text, JSON and exit codes."""

import json
from pathlib import Path

import pytest

from chart_hero_core.cli import main
from chart_hero_core.formats.dot_chart import write_chart
from tests.core.formats.small_songs import full_song


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    path = tmp_path / "song.chart"
    path.write_bytes(b"\xef\xbb\xbf" + write_chart(full_song(), lone=True))
    return path


def test_it_says_what_it_mended_wrote_and_proved(
    chart: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.mid"
    assert main(["convert", str(chart), str(target)]) == 0
    assert target.is_file()
    assert capsys.readouterr().out.splitlines() == [
        "mended   The file began with a UTF-8 byte order mark.",
        f"wrote    {target}",
        "proof    17 notes written, 17 read back, 1 difference",
        "         out.mid: A .mid has no place for the delay of -15 ms; write it into a song.ini.",
        "         out.mid cannot hold 1 kept event of ExpertSingle.",
    ]


def test_json_summary_of_a_folder(
    chart: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", "--json", "--format", "mid", str(chart), str(tmp_path / "out")]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [Path(name).name for name in summary["files"]] == ["notes.mid", "song.ini"]
    assert summary["notes_read_back"] == 17
    assert summary["differences"] == []
    assert summary["left_out"] == ["notes.mid cannot hold 1 kept event of ExpertSingle."]


def test_errors_are_one_sentence_and_leave_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.chart").write_bytes(b"nothing")
    assert main(["convert", str(tmp_path / "bad.chart"), str(tmp_path / "out")]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("chart-hero: This is not a .chart file")
    assert captured.out == ""
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit) as caught:
        main(["convert", str(tmp_path / "bad.chart")])
    assert caught.value.code == 2
