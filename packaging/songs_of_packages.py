#!/usr/bin/env python3
"""Collects the music of Debian packages as songs for ``chart-hero pseudo-label``.

    python packaging/songs_of_packages.py OUTPUT PACKAGE.deb [PACKAGE.deb ...]
        [--without MANIFEST.csv ...]

Needs ``dpkg-deb`` and ``python-debian``. Free games hold hours of freely licensed music. Of every
sound file of at least 40 s one excerpt is kept (90 s at most, from a fifth of its length on), mono
at 22.05 kHz, and ``manifest.csv`` says where it is from and under what licence. What the manifests
after ``--without`` name as held out is left out, and so is what has no licence that is known here.
"""

import argparse
import csv
import logging
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import soundfile as sf
import soxr
from debian.copyright import Copyright, NotMachineReadableError

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.cli.exits import run_script

RATE, SHORTEST_S, LONGEST_S = 22050, 40.0, 90.0
ENDINGS = {".ogg", ".oga", ".opus", ".mp3", ".flac", ".wav"}
ARCHIVES = {".pk3", ".zip"}
LARGEST = 200 * 2**20
# Beginnings of the licences that music is taken under.
FREE = ("GPL", "LGPL", "CC-BY", "CC0", "Expat", "MIT", "BSD", "Free-Art", "public-domain")
# Packages whose licences no program can read; read by people.
READ: dict[str, tuple[str, str]] = {
    "enigma-data": ("GPL-2+", "Daniel Heck, Andreas Lochmann and contributors"),
    "fillets-ng-data": ("GPL-2", "ALTAR interactive, Ivo Danihelka"),
    "fretsonfire-songs-muldjord": ("CC-BY-SA-3.0", "El Senator (Muldjord)"),
    "fretsonfire-songs-sectoid": ("Expat", "Carlos Viola Iborra (Sectoid)"),
    "glob2-data": ("GPL-3+", "Globulation 2 team"),
    "nexuiz-music": ("GPL-2+", "Alientrap and contributors"),
    "pink-pony-data": ("CC-BY-SA-3.0", "Renich"),
    "plee-the-bear-data": ("CC-BY-SA-3.0", "Stuff-o-matic"),
    "singularity-music": ("CC-BY-SA-3.0", "Max McCracken"),
    "warmux-data": ("GPL-2+", "WarMUX team"),
    "wesnoth-1.16-music": ("GPL-2+", "Battle for Wesnoth Project composers"),
    **dict.fromkeys(
        (
            "gunroar-data",
            "mu-cade-data",
            "noiz2sa-data",
            "parsec47-data",
            "rrootage-data",
            "titanion-data",
            "torus-trooper-data",
            "tumiki-fighters-data",
        ),
        ("BSD-2-clause", "Kenta Cho"),
    ),
}
FIELDS = ("file", "source", "licence", "attribution", "seconds", "heldout")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("packages", type=Path, nargs="+")
    parser.add_argument("--without", type=Path, nargs="*", default=[], metavar="MANIFEST.csv")
    options = parser.parse_args()
    for package in options.packages:
        if package.suffix != ".deb" or "_" not in package.stem:
            raise DatasetError(f"{package} is no package (NAME_VERSION_ARCHITECTURE.deb).")
    logging.disable(logging.WARNING)
    options.output.mkdir(parents=True, exist_ok=True)
    heldout = {name for manifest in options.without for name in held_out(manifest)}
    rows = []
    for package in options.packages:
        found = list(songs_of(package, options.output, heldout))
        print(f"{package.name}: {len(found)}", flush=True)
        rows += found
    with (options.output / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    return 0


def held_out(manifest: Path) -> set[str]:
    """Stems of the sound files whose excerpts are only measured on."""
    with manifest.open(encoding="utf-8", newline="") as file:
        return {
            Path(row["source"].rsplit(":", 1)[-1]).stem.lower()
            for row in csv.DictReader(file)
            if row["heldout"] == "1"
        }


def songs_of(package: Path, output: Path, heldout: set[str]) -> Iterator[dict[str, object]]:
    """Write the excerpts of one package; their rows of the manifest."""
    name, version = package.stem.split("_")[:2]
    origin = f"debian:{name}/{version.replace('%3a', ':')}"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        try:
            subprocess.run(["dpkg-deb", "-x", str(package), folder], check=True)
        except subprocess.CalledProcessError as error:  # dpkg-deb has said why
            raise DatasetError(f"{package} could not be unpacked.") from error
        unpack_archives(root)
        rights = machine_readable(root / "usr/share/doc" / name / "copyright")
        seen: set[str] = set()
        for path in sorted(root.rglob("*")):
            if path.suffix.lower() not in ENDINGS or path.is_symlink():
                continue
            target = output / f"{name}_{path.stem}.flac"
            licence, holders = READ.get(name) or terms(rights, path)
            if target.name in seen or path.stem.lower() in heldout or not licence.startswith(FREE):
                continue
            if seconds := excerpt(path, target):
                seen.add(target.name)
                row = (target.name, f"{origin}:{path.name}", licence, holders, round(seconds, 1), 0)
                yield dict(zip(FIELDS, row, strict=True))


def unpack_archives(root: Path) -> None:
    """Unpack the sound files of game archives beside them, by their bare names."""
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in ARCHIVES or not zipfile.is_zipfile(path):
            continue
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                inner = Path(entry.filename)
                if inner.suffix.lower() in ENDINGS and entry.file_size < LARGEST:
                    (path.parent / inner.name).write_bytes(archive.read(entry))


def excerpt(path: Path, target: Path) -> float:
    """Write the excerpt of a sound file; its seconds, 0 when it is too short or unreadable."""
    try:
        with sf.SoundFile(path) as sound:
            length = sound.frames / sound.samplerate
            if length < SHORTEST_S:
                return 0.0
            sound.seek(int(min(length * 0.2, max(length - LONGEST_S, 0.0)) * sound.samplerate))
            samples = sound.read(int(LONGEST_S * sound.samplerate), "float32", always_2d=True)
            rate = sound.samplerate
    except (sf.LibsndfileError, ValueError):
        return 0.0
    mono = soxr.resample(samples.mean(axis=1), rate, RATE)
    sf.write(target, mono.clip(-1, 1), RATE, format="FLAC", subtype="PCM_16")
    return len(mono) / RATE


def machine_readable(path: Path) -> Copyright | None:
    try:
        return Copyright(path.read_text("utf-8").splitlines(keepends=True), strict=False)
    except (OSError, ValueError, NotMachineReadableError):
        return None


def terms(rights: Copyright | None, path: Path) -> tuple[str, str]:
    """Licence and copyright holders of a file: of the last paragraph that names it, as it is
    installed elsewhere than in the sources, else of the whole package.
    """
    # python-debian declares its fields as their descriptors, not as what they hold.
    paragraphs: list[Any] = list(rights.all_files_paragraphs()) if rights is not None else []
    found = None
    for paragraph in paragraphs:
        patterns = paragraph.files or ()
        named = any(
            Path(p).name not in ("*", "") and Path(path.name).match(Path(p).name) for p in patterns
        )
        folder = any(p.endswith(f"{path.parent.name}/*") for p in patterns)
        if named or folder or (found is None and "*" in patterns):
            found = paragraph
    if found is None or found.license is None:
        return "", ""
    return str(found.license.synopsis), " ".join((found.copyright or "").split())[:120]


if __name__ == "__main__":
    run_script(main)
