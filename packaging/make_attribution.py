"""Write the list of everything the shipped weights were trained on, with licences and authors.

    python packaging/make_attribution.py MATERIAL [KITS ...] [--songs FOLDER ... --heard HEARD]
        [--struck] > resources/checkpoints/ATTRIBUTION.md

MATERIAL is the folder of training material, KITS further kit libraries that were trained with;
their manifests are the source of every line. The folders after ``--songs`` are what
``songs_of_packages.py`` wrote, and HEARD what ``chart-hero pseudo-label`` made of them: only songs
that are in it are listed.
"""

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

from chart_hero_core.cli.exits import run_script
from chart_hero_core.synthesis.kits import RELEASE_TIERS

HEAD = """# Training material of the shipped weights

None of it is contained in the weights' file or in this project; all of it was listened to.
Written by `packaging/make_attribution.py` from the manifests of the material.
"""

MORE_KITS = """## More drum kits

From a library beside the material's own (`packaging/make_kits.py`).
"""

SOUNDFONTS = """## Notes of made-up bands and percussion

| soundfont | licence | attribution |
|---|---|---|
| FluidR3 GM (Debian fluid-soundfont-gm 3.1-5.3) | MIT | (c) 2000-2002, 2008 Frank Wen |
| TimGM6mb (Debian timgm6mb-soundfont 1.3-5) | GPL-2.0-only | (c) 2004 Tim Brechbill |

## Strummed chords among the decoys

| samples | licence | attribution |
|---|---|---|
| belofilms_GuitarStrums (hydrogen-drumkits-effects 2017.09.19) | CC-BY-3.0 | Gabriel Verdugo Soto |
"""

RECORDED_PERCUSSION = """## Recorded percussion among the decoys

| samples | licence | attribution |
|---|---|---|
| Gimme A Hand 1.0 (hydrogen-drumkits 2017.09.19) | GPL-2.0-only | Glen MacArthur |
"""


def main() -> None:
    """Print the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("material", type=Path)
    parser.add_argument("kits", type=Path, nargs="*")
    parser.add_argument("--songs", type=Path, nargs="+", default=[])
    parser.add_argument("--heard", type=Path)
    parser.add_argument("--struck", action="store_true", help="recorded percussion was heard")
    options = parser.parse_args()
    material: Path = options.material
    print(HEAD)
    print("## Drum kits\n")
    _kits([material / "kits"])
    _table(material / "grooves", "Performances", skip=("freedoom_src",))
    _table(material / "charts", "Charts (transcriptions; the compositions belong to their authors)")
    for folder in sorted(material.glob("backing*")):
        _table(folder, f"Music without drums ({folder.name})", skip=("songs_with_drums",))
        if (folder / "songs_with_drums").is_dir():
            title = "Songs with drums, without labels"
            _table(folder, title, skip=("drumless", "sharealike"))
    print(SOUNDFONTS)
    if options.struck:
        print(RECORDED_PERCUSSION)
    if options.kits:
        print(MORE_KITS)
        _kits(options.kits)
    if options.songs:
        _package_songs(options.songs, options.heard)


def _kits(folders: list[Path]) -> None:
    print("| kit | licence | attribution |\n|---|---|---|")
    for folder in folders:
        for kit in json.loads((folder / "manifest.json").read_text("utf-8"))["kits"]:
            if kit["licence_tier"] in RELEASE_TIERS and not kit["heldout"]:
                print(f"| {kit['name']} | {kit['licence']} | {_cell(kit['attribution'])} |")
    print()


def _package_songs(folders: list[Path], heard: Path | None) -> None:
    """One row per package, licence and author, of the songs that were heard."""
    stems = {path.stem.partition("_")[2] for path in heard.glob("*.npz")} if heard else None
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for folder in folders:
        with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if stems is None or Path(row["file"]).stem in stems:
                    package = row["source"].partition(":")[2].rpartition(":")[0]
                    counts[(package, row["licence"], row["attribution"])] += 1
    print("## Music of free games, without labels (Debian packages)\n")
    print("| package | songs | licence | attribution |\n|---|---|---|---|")
    for (package, licence, author), count in sorted(counts.items()):
        print(f"| {package} | {count} | {_cell(licence)} | {_cell(author)} |")
    print()


def _table(folder: Path, title: str, skip: tuple[str, ...] = ()) -> None:
    """One row per licence and author, with how many files."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["heldout"] == "0" and not row["file"].startswith(skip):
                counts[(row["licence"], row.get("attribution") or row["source"])] += 1
    print(f"## {title}\n\n| files | licence | attribution |\n|---|---|---|")
    for (licence, author), count in sorted(counts.items()):
        print(f"| {count} | {_cell(licence)} | {_cell(author)} |")
    print()


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


if __name__ == "__main__":
    run_script(main)
