"""Training as a job: what it is given to listen to, and what it writes down about it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.cli import main
from chart_hero_core.synthesis.kits import load_libraries
from chart_hero_core.tasks import train as task
from tests.core.synthesis.material import write_kit, write_material


def _library(folder: Path, name: str) -> Path:
    entry = write_kit(folder, name, False)
    (folder / "manifest.json").write_text(json.dumps({"kits": [entry]}))
    return folder


def test_more_kit_libraries_are_heard_and_named_without_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = write_material(tmp_path / "material")
    more = [_library(tmp_path / f"more_{name}", name) for name in ("three", "four")]
    given: dict[str, Any] = {}

    def listen(module: Any, sources: Any, *args: Any, **options: Any) -> Path:
        given.update(options, kits=[kit.name for kit in sources.materials.kits])
        return tmp_path

    monkeypatch.setattr(task, "train", listen)
    monkeypatch.setattr(task, "new_module", lambda *_: None)
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    words = ["train", str(material), "-o", "run", "--validate-minutes", "0"]
    words += ["--kits", str(more[0]), "--kits", str(more[1])]
    monkeypatch.setattr(sys, "argv", ["chart-hero", *words])
    assert main(words) == 0
    assert given["kits"] == ["one", "three", "four"]
    assert given["provenance"]["material"]["kits"] == ["four", "one", "three"]
    command = "chart-hero train MATERIAL -o run --validate-minutes 0 --kits KITS --kits KITS"
    assert given["provenance"]["command"] == command


def test_a_library_given_twice_is_refused(tmp_path: Path) -> None:
    library = _library(tmp_path / "more", "three")
    with pytest.raises(DatasetError, match="three"):
        load_libraries([library, library], heldout=False)
