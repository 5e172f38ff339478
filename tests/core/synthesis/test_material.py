"""Manifests, takes and backing as people may have left them."""

from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile as sf

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.performances import manifest_rows, read_take
from tests.core.synthesis.material import write_material, write_take


def test_rows_that_say_nothing_of_being_held_out_are_not(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,heldout\na.mid,1\nb.mid\n,1\n")
    assert [(row["file"], row["heldout"]) for row in manifest_rows(tmp_path)] == [
        ("a.mid", "1"),
        ("b.mid", ""),
    ]
    (tmp_path / "manifest.csv").write_text("file\na.mid\n")
    assert manifest_rows(tmp_path) == [{"file": "a.mid", "heldout": ""}]


def test_a_table_of_something_else_names_no_files(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("name,price\nbread,2\n")
    assert manifest_rows(tmp_path) == []
    (tmp_path / "manifest.csv").write_bytes(b"file,heldout\n\xff\xfe,0\n")
    with pytest.raises(DatasetError, match=r"no readable manifest\.csv"):
        manifest_rows(tmp_path)


def test_a_take_in_a_key_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    write_take(path)
    midi = mido.MidiFile(path)
    midi.tracks[0].insert(0, mido.MetaMessage("key_signature", key="C"))
    midi.save(path)
    path.write_bytes(path.read_bytes().replace(b"\xff\x59\x02\x00\x00", b"\xff\x59\x02\x0c\x05"))
    with pytest.raises(DatasetError, match=r"take\.mid is not a readable MIDI file"):
        read_take(path, human=True, kind="groove")


def test_backing_that_was_replaced_or_lost_is_decoded_again(tmp_path: Path) -> None:
    material, cache = write_material(tmp_path / "material"), tmp_path / "cache"
    before = load_backing(material, False, cache).tracks[0].length
    sf.write(material / "backing" / "music00.ogg", np.zeros(22050 * 3), 22050)
    assert load_backing(material, False, cache).tracks[0].length < before / 2
    for array in cache.glob("*.npy"):
        array.unlink()
    assert load_backing(material, False, cache).tracks[0].length < before / 2
    (material / "backing" / "music00.ogg").unlink()
    with pytest.raises(DatasetError, match=r"music00\.ogg of the manifest cannot be read"):
        load_backing(material, False, cache)
