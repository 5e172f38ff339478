"""What cannot be written in the end is said before the song is listened to."""

from pathlib import Path

import pytest

from chart_hero_core.cli import main
from chart_hero_core.tasks import adapt, transcribe
from tests.conftest import PROJECT

DEMO = PROJECT / "resources" / "demo"
SLOW = """[Song]
{
  Resolution = 192
}
[SyncTrack]
{
  0 = TS 4
  0 = B 120000
  1920 = B 3000
}
[ExpertDrums]
{
  0 = N 1 0
}
"""


def _unheard(*_: object, **__: object) -> None:
    raise AssertionError("the song was listened to")


@pytest.fixture(autouse=True)
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribe, "analyse", _unheard)
    monkeypatch.setattr(adapt, "analyse", _unheard)


@pytest.mark.parametrize("format_", ["mid", "both"])
@pytest.mark.parametrize("learning", [False, True])
def test_a_tempo_that_is_too_slow_for_a_mid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], format_: str, learning: bool
) -> None:
    chart = tmp_path / "slow.chart"
    chart.write_text(SLOW)
    taken = ["--learn-from", str(chart), "--learn-span", "0:9"] if learning else []
    taken = taken or ["--tempo-from", str(chart)]
    arguments = ["transcribe", str(DEMO), "-o", str(tmp_path / "out"), "--format", format_]
    assert main([*arguments, *taken]) == 1
    assert "A .mid cannot hold a tempo below 3.58 BPM" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("extra", [["--format", "chart"], ["--format", "mid", "--no-chart"]])
def test_it_is_no_matter_where_no_mid_is_written(tmp_path: Path, extra: list[str]) -> None:
    chart = tmp_path / "slow.chart"
    chart.write_text(SLOW)
    arguments = ["transcribe", str(DEMO), "--tempo-from", str(chart), *extra]
    with pytest.raises(AssertionError, match="listened to"):
        main(arguments)
