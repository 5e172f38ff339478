"""``chart-hero synthesise``: what it says of what it rendered."""

from pathlib import Path

import pytest

from chart_hero_core.cli import main, synthesise


@pytest.mark.parametrize(("songs", "said"), [(1, "1 song in"), (2, "2 songs in")])
def test_songs_are_counted_as_people_do(
    songs: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(synthesise, "synthesise", lambda *_: [tmp_path] * songs)
    assert main(["synthesise", str(tmp_path), "-o", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(said)


def test_nothing_rendered_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(synthesise, "synthesise", lambda *_: [])
    assert main(["synthesise", str(tmp_path), "-o", str(tmp_path)]) == 1
    assert "Nothing was rendered" in capsys.readouterr().err
