"""Rendering songs onto a disk that is too small for them."""

from pathlib import Path

import pytest

from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.tasks import synthesise as task
from chart_hero_core.tasks.synthesise import SynthesiseOptions, synthesise
from tests.core.base.test_full_disk import fill
from tests.core.synthesis.material import write_material


@pytest.mark.parametrize("room", [1, 4, 7])
def test_a_song_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    material = write_material(tmp_path / "material")
    monkeypatch.setattr(task, "user_cache_dir", lambda: tmp_path / "cache")
    options = SynthesiseOptions(minutes=0.2, song_s=12.0, heldout=True)
    load_backing(material, True, tmp_path / "cache")  # the cache is there already
    fill(monkeypatch, room)
    with pytest.raises(StorageError, match="No space left"):
        synthesise(material, tmp_path / "songs", options, SilentProgress())
    assert not (tmp_path / "songs").exists()
