"""Music without drums is written as songs without strokes, which the evaluator counts as such."""

from pathlib import Path
from typing import Any

import pytest
import soundfile as sf

from chart_hero_core.audio.io import load_audio
from chart_hero_core.base.files import resource_path
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.evaluation.report.folder import all_tables
from chart_hero_core.tasks import drumless as task
from chart_hero_core.tasks.drumless import write_drumless
from chart_hero_core.tasks.evaluate import EvaluateOptions, evaluate
from tests.core.synthesis.material import write_material


@pytest.fixture
def material(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    return write_material(tmp_path / "material")


def test_every_stroke_heard_in_them_is_false(material: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drumless"
    written = write_drumless(material, folder, True, SilentProgress(), longest_s=4.0)
    assert [path.name for path in written] == ["music10.ogg", "music11.ogg"]
    assert load_audio(written[0]).duration_s == pytest.approx(4.0, abs=0.1)
    # One of them with drums after all: the shipped model must be caught hearing them.
    drums = load_audio(resource_path("demo", "drums.ogg")).samples[: 4 * 22050]
    sf.write(written[1], drums, 22050)
    result = evaluate(folder, None, EvaluateOptions(suffix="mix"), SilentProgress())
    rows = {table.name: table for table in all_tables(result)}["drumless"].records()
    total: dict[str, Any] = next(row for row in rows if row["class"] == "all")
    assert total["minutes"] == pytest.approx(8 / 60, rel=0.03)
    expected = total["false_positives"] / total["minutes"]
    assert total["per_minute"] == pytest.approx(expected)
    assert expected > 0


def test_the_command_writes_them(
    material: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    assert main(["synthesise", str(material), "-o", str(output), "--drumless"]) == 0
    assert "2 tracks without drums" in capsys.readouterr().out
    assert {path.name for path in output.iterdir()} == {
        *("music00.ogg", "music00.tsv", "music01.ogg", "music01.tsv")
    }
