"""``chart-hero fine-tune``: what is refused before anything is learned."""

from pathlib import Path

import pytest

from chart_hero_core.cli import main


@pytest.mark.parametrize("arguments", [["-o", "run: 1"], ["-o", "run1", "--name", "a/b"]])
def test_a_name_that_no_model_can_have_is_refused_at_once(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        "chart_hero_core.tasks.fine_tune.fine_tune", lambda *_: pytest.fail("it learned")
    )
    monkeypatch.chdir(tmp_path)
    assert main(["fine-tune", "dataset", *arguments]) == 1
    assert capsys.readouterr().err.startswith("chart-hero: A model's name has")
