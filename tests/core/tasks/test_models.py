"""The user's models: kept, chosen, left again, and never in the way when they are broken."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from safetensors.torch import save_file

from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.base.files import shipped_checkpoint
from chart_hero_core.base.model_choice import chosen_checkpoint, models_dir
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.model.checkpoint import load_checkpoint, save_checkpoint
from chart_hero_core.tasks import models
from chart_hero_core.tasks.transcribe import AnalyseOptions, analyse
from tests.core.tasks.checkpoints import write_tiny_checkpoint


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    told = {"date": "2026-01-02", "note": "For tests.", "started_from": "default"}
    save_checkpoint(replace(load_checkpoint(path), provenance=told), path)
    return path


def _names() -> list[str]:
    return [model.name for model in models.list_models()]


def test_at_first_there_is_the_shipped_model() -> None:
    (only,) = models.list_models()
    assert (only.name, only.current, only.shipped) == ("default", True, True)
    assert chosen_checkpoint() == shipped_checkpoint()
    with pytest.raises(CheckpointError, match="No other model was used"):
        models.roll_back()


def test_models_are_added_chosen_and_left_again(tiny: Path) -> None:
    added = models.add_model(tiny)
    assert (added.name, added.current, added.note) == ("tiny", False, "For tests.")
    assert added.date == "2026-01-02"
    other = write_tiny_checkpoint(tiny.parent / "other.safetensors", talkative=True)
    again = models.add_model(other, "tiny", use=True)
    assert again.name == "tiny (2)"
    assert models.use_model("tiny").current
    assert chosen_checkpoint() == models_dir() / "tiny.safetensors"
    assert models.load_chosen().name == "tiny"
    assert models.roll_back().name == "tiny (2)"
    assert models.roll_back().name == "default"
    assert _names() == ["default", "tiny", "tiny (2)"]


def test_the_same_model_is_not_kept_twice(tiny: Path) -> None:
    other = write_tiny_checkpoint(tiny.parent / "other.safetensors", talkative=True)
    models.add_model(tiny)
    models.add_model(other, "tiny")
    assert models.add_model(tiny, use=True).name == "tiny"
    assert models.add_model(other, "tiny").name == "tiny (2)"
    assert _names() == ["default", "tiny", "tiny (2)"]
    models.add_model(tiny, "by another name")
    assert "by another name" in _names()


def test_a_header_without_end_is_listed_as_trouble(tiny: Path) -> None:
    models.add_model(tiny)
    endless = {"chart_hero": "[" * 100_000}
    save_file({"a": torch.zeros(1)}, models_dir() / "tiny.safetensors", metadata=endless)
    assert "not a Chart Hero checkpoint" in models.list_models()[1].trouble


def test_choosing_the_current_model_again_is_no_step(tiny: Path) -> None:
    models.add_model(tiny, use=True)
    models.use_model("tiny")
    assert models.roll_back().name == "default"


def test_removing_the_model_in_use_goes_back(tiny: Path) -> None:
    models.add_model(tiny, "one", use=True)
    models.add_model(tiny, "two", use=True)
    assert models.remove_model("two").name == "one"
    assert models.remove_model("one").name == "default"
    assert _names() == ["default"]
    with pytest.raises(CheckpointError, match="cannot be removed"):
        models.remove_model("default")


@pytest.mark.parametrize(
    "name",
    ["../out", "default", "", "con", "a" * 65, "dot.", "a:b", "\n", "\udce9", "é" * 64 + "a"],
)
def test_names_that_cannot_be_files_are_refused(tiny: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match="name"):
        models.add_model(tiny, name)


def test_foreign_files_are_refused_and_change_nothing(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(b"not weights")
    with pytest.raises(CheckpointError, match="not a Chart Hero checkpoint"):
        models.add_model(foreign, use=True)
    assert _names() == ["default"]
    with pytest.raises(CheckpointError, match="no model named"):
        models.use_model("absent")


def test_a_broken_choice_lets_the_shipped_model_listen_and_says_so(
    tiny: Path, tmp_path: Path
) -> None:
    models.add_model(tiny, use=True)
    (models_dir() / "tiny.safetensors").write_bytes(b"damaged")
    song = tmp_path / "song.wav"
    sf.write(song, np.random.default_rng(0).normal(0, 0.1, 22050), 22050)
    analysis = analyse(song, AnalyseOptions(micro="off"), SilentProgress())
    assert analysis.model == "default"
    assert analysis.clip.warnings == (
        "tiny.safetensors is not a Chart Hero checkpoint. "
        "The model that ships with the program was used instead.",
    )
    broken = models.list_models()[1]
    assert "readable" in broken.trouble
    models.remove_model("tiny")
    assert models.current_model().shipped


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1, "current": 3, "earlier": []}'])
def test_an_unreadable_choice_is_no_choice(text: str) -> None:
    models_dir().mkdir(parents=True)
    (models_dir() / "choice.json").write_text(text)
    assert models.current_model().shipped


def test_the_command_line_does_the_same(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "add", str(tiny), "--name", "mine", "--use"]) == 0
    assert "* mine" in capsys.readouterr().out
    assert main(["models", "add", str(tiny), "--name", "mine"]) == 0
    assert "mine is this model already.\n" in capsys.readouterr().out
    assert main(["models", "rollback"]) == 0
    assert "* default" in capsys.readouterr().out
    assert main(["models", "use", "mine"]) == 0
    assert main(["models", "info", "mine"]) == 0
    assert '"note": "For tests."' in capsys.readouterr().out
    assert main(["models", "remove", "mine"]) == 0
    assert main(["models"]) == 0
    assert "mine" not in capsys.readouterr().out
    assert main(["models", "use", "absent"]) == 1
    assert "There is no model named 'absent'" in capsys.readouterr().err
