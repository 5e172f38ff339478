"""Songs to listen to out of Debian packages: excerpts, their licences, what is left out."""

import csv
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

SCRIPT = Path(__file__).resolve().parents[2] / "packaging/songs_of_packages.py"
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 Everybody
License: GPL-2+

Files: sounds/calm.ogg
Copyright: 2002 Somebody
License: CC-BY-3.0
"""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("songs_of_packages", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "SHORTEST_S", 1.0)
    monkeypatch.setattr(module, "LONGEST_S", 2.0)
    return module


def sound(path: Path, seconds: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).normal(0, 0.1, (int(seconds * 44100), 2))
    sf.write(path, noise, 44100)
    return path


def unpacked_package(root: Path) -> None:
    music = root / "usr/share/games/music"
    sound(music / "calm.ogg", 3.0)
    sound(music / "wild.ogg", 1.5)
    sound(music / "Kept_Apart.ogg", 3.0)
    sound(music / "click.ogg", 0.2)
    (music / "broken.ogg").write_bytes(b"no sound")
    packed = sound(root / "packed.ogg", 1.2)
    with zipfile.ZipFile(root / "usr/share/games/data.pk3", "w") as archive:
        archive.write(packed, "../../music/packed.ogg")
    packed.unlink()
    rights = root / "usr/share/doc/game-data/copyright"
    rights.parent.mkdir(parents=True)
    rights.write_text(COPYRIGHT)


def test_a_package_gives_excerpts_with_their_licences(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[:2] == ["dpkg-deb", "-x"]
        unpacked_package(Path(command[3]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(script.subprocess, "run", unpack)
    apart = tmp_path / "apart.csv"
    apart.write_text("source,heldout\ndebian:game/1:kept_apart.ogg,1\ndebian:game/1:wild.ogg,0\n")
    output = tmp_path / "songs"
    arguments = [str(output), "game-data_1%3a2_all.deb", "--without", str(apart)]
    monkeypatch.setattr(sys, "argv", ["songs_of_packages.py", *arguments])
    assert script.main() == 0
    with (output / "manifest.csv").open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert set(rows) == {f"game-data_{name}.flac" for name in ("calm", "wild", "packed")}
    calm = rows["game-data_calm.flac"]
    assert calm["source"] == "debian:game-data/1:2:calm.ogg"
    assert (calm["licence"], calm["attribution"]) == ("CC-BY-3.0", "2002 Somebody")
    assert (calm["seconds"], calm["heldout"]) == ("2.0", "0")
    assert rows["game-data_wild.flac"]["licence"] == "GPL-2+"
    assert sf.info(output / "game-data_calm.flac").samplerate == 22050
    # Archives cannot write outside the folder they are unpacked in.
    assert not (tmp_path / "music").exists()


def test_what_has_no_known_licence_is_left_out(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        unpacked_package(Path(command[3]))
        for rights in Path(command[3]).rglob("copyright"):
            rights.write_text("Everything here is free, says a friend.\n")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(script.subprocess, "run", unpack)
    assert list(script.songs_of(Path("game-data_1_all.deb"), tmp_path, set())) == []
    monkeypatch.setitem(script.READ, "game-data", ("GPL-3+", "Somebody"))
    rows = list(script.songs_of(Path("game-data_1_all.deb"), tmp_path, set()))
    assert {(row["licence"], row["attribution"]) for row in rows} == {("GPL-3+", "Somebody")}
    assert len(rows) == 4
