"""Render the general check set: short songs that a fine-tuned model must not do worse on.

    python packaging/make_check_set.py MATERIAL

MATERIAL is the folder of training material. Only what is held out from training is used, and of
that only what may be given on together under CC-BY-SA-4.0. The figures of the model card come from
other renderings. Writes resources/check/ anew.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np

from chart_hero_core.base.files import resources_dir, user_cache_dir, write_text
from chart_hero_core.cli.exits import run_script
from chart_hero_core.formats.midi import read_midi
from chart_hero_core.synthesis.backing import FOLDERS, BackingLibrary, load_backing
from chart_hero_core.synthesis.kits import load_kits
from chart_hero_core.synthesis.performances import manifest_rows
from chart_hero_core.synthesis.songs import Studio, render_song
from chart_hero_core.tasks.synthesise import write_song

SONGS = 8
SONG_S = 22.0
SEED = 2026
# The GPL's terms and those of CC-BY-SA cannot both be met by one sound file; the others ask for
# whole texts of notice.
BARRED = ("GPL", "BSD", "MIT")

HEAD = """The general check set: {songs} songs of {seconds:.0f} seconds, rendered by this project
(packaging/make_check_set.py) from material that no shipped weights were trained on. drums.ogg and
song.ogg of each folder add up to the mix, notes.chart is the true chart, NAME.tsv the exact time of
every stroke and its class.

Licence: CC-BY-SA-4.0 (https://creativecommons.org/licenses/by-sa/4.0/). The sounds, the patterns
and the music come from these sources; they were cut, mixed, tuned and processed:
"""


def main() -> None:
    """Render and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("material", type=Path)
    material: Path = parser.parse_args().material
    target = resources_dir() / "check"
    # Everything that may be missing is read before the set of before is thrown away.
    kits = [kit for kit in load_kits(material / "kits", True) if not _barred(kit.licence)]
    backing, music = _backing(material)
    charts = manifest_rows(material / "charts", heldout=True)
    rng = np.random.default_rng(SEED)
    rows = [charts[int(place)] for place in rng.choice(len(charts), SONGS, replace=False)]
    shutil.rmtree(target, ignore_errors=True)
    patterns = _render(material / "charts", rows, Studio(kits, backing), rng, target)
    drums = [f"- drum kit {kit.name}: {kit.licence}, {kit.attribution}" for kit in kits]
    credits = [*drums, *patterns, *music]
    text = HEAD.format(songs=SONGS, seconds=SONG_S) + "\n" + "\n".join(credits) + "\n"
    write_text(target / "LICENCE.txt", text)
    total = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{total / 1e6:.2f} MB in {target}")


def _render(
    charts: Path, rows: list[dict[str, str]], studio: Studio, rng: np.random.Generator, target: Path
) -> list[str]:
    """Write a song for each row of the charts' manifest; a line of credit for each pattern."""
    credits = []
    for index, row in enumerate(rows):
        song = read_midi((charts / row["file"]).read_bytes(), pro_drums=True).song
        name = f"check_{index + 1}"
        write_song(render_song(name, song, studio, rng, SONG_S), target)
        (target / name / "notes.mid").unlink()
        credits.append(
            f"- pattern of {name}: {row['licence']}, {row['file']}, {row['attribution']}"
        )
    return credits


def _backing(material: Path) -> tuple[BackingLibrary, list[str]]:
    """The music that may be used, and a line of credit for each piece."""
    library = load_backing(material, True, user_cache_dir())
    credits: dict[str, str] = {}
    licences: dict[str, str] = {}
    for name in FOLDERS:
        for row in manifest_rows(material / name):
            licences[row["file"]] = row["licence"]
            author = " ".join((row.get("attribution") or row["source"]).split())
            credits[row["file"]] = f"- music: {row['licence']}, {row['file']}, {author}"
    allowed = tuple(t for t in library.tracks if not _barred(licences[t.name]))
    return BackingLibrary(library.samples, allowed), [credits[track.name] for track in allowed]


def _barred(licence: str) -> bool:
    return any(name in licence for name in BARRED)


if __name__ == "__main__":
    run_script(main)
