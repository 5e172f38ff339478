"""Rendering labelled songs to disk: audio, chart and the list of strokes."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import numpy as np

from chart_hero_core.base.errors import DatasetError, SettingsError
from chart_hero_core.base.files import replaced_together, user_cache_dir, write_text
from chart_hero_core.base.progress import Progress
from chart_hero_core.formats.song_folder import save_song_folder
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.band import load_band
from chart_hero_core.synthesis.clips import ClipSettings
from chart_hero_core.synthesis.dense import LENGTH_S, compose
from chart_hero_core.synthesis.kits import load_kits
from chart_hero_core.synthesis.performances import (
    HALVES,
    Performance,
    load_grooves,
    manifest_rows,
    read_chart,
)
from chart_hero_core.synthesis.separation import separated
from chart_hero_core.synthesis.songs import (
    Distractors,
    RenderedSong,
    Studio,
    render_song,
    render_take,
)
from chart_hero_core.tasks.rendered import MASKED_SUFFIX, write_sound

_SHORTEST_TAKE_S = 15.0
_MOST_MINUTES, _MOST_SONG_S = 100_000.0, 3600.0


@dataclass(frozen=True, slots=True)
class SynthesiseOptions:
    """What to render.

    ``part`` halves the held-out material: develop on one half, test on the other. ``kit`` names the
    only kit to play on; ``charts`` is a pattern of chart files to play (``chon_*``). ``source`` is
    who plays: the charts, or recorded drummers (``takes``), those half the time with a made-up band
    where ``band`` names its notes, or nobody (``dense``): grooves with rolls, flams and blasts.
    ``distractors`` is how often drums and music get percussion and other drum-like sounds that are
    in no chart, some of them by the band; ``alone`` is how often percussion among the drums then
    keeps the time instead of hats and rides. ``separated`` leaves of each song only what a source
    separator would take for its drums. ``varied`` kits are altered as far as in training.

    Raises:
        SettingsError: from the constructor, for values that nothing can be rendered with.
    """

    minutes: float = 40.0
    song_s: float = 75.0
    heldout: bool = False
    part: str = "test"  # of the held-out material: dev, test
    seed: int = 1
    kit: str | None = None
    charts: str = "*"
    source: Literal["charts", "takes", "dense"] = "charts"
    band: Path | None = None
    distractors: float = 0.0
    alone: float = 0.0
    separated: bool = False
    varied: bool = False

    def __post_init__(self) -> None:
        if not (0 < self.minutes <= _MOST_MINUTES and 1 <= self.song_s <= _MOST_SONG_S):
            raise SettingsError(
                "The minutes must be above 0 and at most 100,000, and a song 1 to 3600 seconds "
                "long."
            )
        if self.seed < 0:
            raise SettingsError("The seed must not be negative.")
        if not (0 <= self.distractors <= 1 and 0 <= self.alone <= 1):
            raise SettingsError("The shares --distractors and --alone must be from 0 to 1.")


def synthesise(
    material: Path, folder: Path, options: SynthesiseOptions, progress: Progress
) -> list[Path]:
    """Write song folders below ``folder``: ``drums.ogg``, ``song.ogg`` (backing), charts, TSV.

    Where drums are separated there is no ``song.ogg``: what is missing in one is not in the other.

    ``NAME.tsv`` beside each folder lists ``seconds<TAB>class`` of every stroke,
    ``NAME.masked.json`` which of them (by row) nobody can hear in the drums and in the mix.

    Raises:
        DatasetError: the material is incomplete.
        StorageError: the folder cannot be written.
    """
    studio = _studio(material, options)
    rendered = _rendered_charts if options.source == "charts" else _rendered_takes
    written = [write_song(song, folder) for song in rendered(material, options, studio, progress)]
    progress.report(1.0, "Done")
    return written


def _studio(material: Path, options: SynthesiseOptions) -> Studio:
    kits = load_kits(material / "kits", options.heldout, only=options.kit)
    if not kits:
        raise DatasetError(f"{material} has no such kit to play on: {options.kit or 'any'}.")
    backing = load_backing(material, options.heldout, user_cache_dir())
    if options.heldout:
        backing = backing.half(options.part)
    band = load_band(options.band) if options.band is not None else None
    unlabelled = Distractors(options.distractors, options.alone)
    return Studio(
        kits, backing, band, unlabelled, ClipSettings().variety if options.varied else None
    )


def _rendered_charts(
    material: Path, options: SynthesiseOptions, studio: Studio, progress: Progress
) -> Iterator[RenderedSong]:
    charts = _charts(material, options)
    rng = np.random.default_rng([options.seed, len(options.part), int(options.heldout)])
    order = rng.permutation(len(charts))
    count = max(round(options.minutes * 60 / options.song_s), 1)
    for index in range(count):
        progress.check_cancelled()
        path = charts[int(order[index % len(charts)])]
        progress.report(index / count, f"Rendering {path.stem}")
        song = read_chart(path)
        if song is None:
            continue
        rendered = render_song(f"{index:03d}_{path.stem}", song, studio, rng, options.song_s)
        if len(rendered.take.times_s) >= 16:
            yield _stems(rendered, index, options)


def _rendered_takes(
    material: Path, options: SynthesiseOptions, studio: Studio, progress: Progress
) -> Iterator[RenderedSong]:
    progress.report(0.0, "Loading takes")
    takes = _dense_takes(options) if options.source == "dense" else _takes(material, options)
    rng = np.random.default_rng([options.seed, len(options.part), int(options.heldout), 1])
    sounding_s = 0.0
    for index, place in enumerate(rng.permutation(len(takes))):
        progress.check_cancelled()
        take = takes[int(place)]
        progress.report(sounding_s / 60 / options.minutes, f"Rendering {take.name}")
        length_s = min(options.song_s, take.duration_s + 1.0)
        rendered = render_take(f"take{index:03d}_{take.name}", take, studio, rng, length_s)
        yield _stems(rendered, index, options)
        sounding_s += length_s
        if sounding_s >= options.minutes * 60:
            break


def _stems(rendered: RenderedSong, index: int, options: SynthesiseOptions) -> RenderedSong:
    """``rendered`` itself, or the drums alone as they were separated from its mix."""
    if not options.separated:
        return rendered
    # A generator of its own: the songs are those that are written without it.
    rng = np.random.default_rng([options.seed, index, 3])
    drums = separated(rendered.drums, rendered.backing, rng)
    silence = np.zeros(0, np.float32)
    name = f"{rendered.name}_separated"
    return replace(rendered, name=name, drums=drums, backing=silence, in_drums=rendered.in_mix)


def _takes(material: Path, options: SynthesiseOptions) -> list[Performance]:
    takes = [take for take in load_grooves(material / "grooves", options.heldout) if take.human]
    if options.heldout:
        takes = takes[HALVES[options.part]]
    takes = [take for take in takes if take.duration_s > _SHORTEST_TAKE_S]
    if not takes:
        raise DatasetError(f"{material} has no recorded drummer's take to play.")
    return takes


def _dense_takes(options: SynthesiseOptions) -> list[Performance]:
    rng = np.random.default_rng([options.seed, int(options.heldout), 2])
    count = max(round(options.minutes * 60 / LENGTH_S), 1)
    return [compose(rng)[0] for _ in range(count)]


def _charts(material: Path, options: SynthesiseOptions) -> list[Path]:
    """The chart files to play, in the order of the manifest."""
    names = [row["file"] for row in manifest_rows(material / "charts", options.heldout)]
    if options.heldout:
        names = names[HALVES[options.part]]
    chosen = [name for name in names if fnmatchcase(name, options.charts)]
    if not chosen:
        raise DatasetError(f"{material} has no chart that fits {options.charts!r}.")
    return [material / "charts" / name for name in chosen]


def write_song(rendered: RenderedSong, folder: Path) -> Path:
    """Write one song below ``folder``, all of its files or none. Raises :class:`StorageError`."""
    target = folder / rendered.name
    stems = {"drums": rendered.drums, "song": rendered.backing}
    # Its length is read from sound that lies somewhere, not from what still waits for its place.
    with tempfile.TemporaryDirectory(prefix="chart-hero-") as scratch:
        audio = {stem: Path(scratch, f"{stem}.ogg") for stem, part in stems.items() if len(part)}
        for stem, path in audio.items():
            write_sound(stems[stem], path)
        with replaced_together():
            save_song_folder(rendered.song, target, formats=("chart", "mid"), audio=audio)
            _write_strokes(rendered, folder)
    return target


def _write_strokes(rendered: RenderedSong, folder: Path) -> None:
    rows = [
        f"{time_s:.6f}\t{CLASS_OF[Articulation(int(art))].label}\n"
        for time_s, art in zip(rendered.take.times_s, rendered.take.articulations, strict=True)
    ]
    write_text(folder / f"{rendered.name}.tsv", "".join(rows))
    masked = {
        "drums": np.flatnonzero(~rendered.in_drums).tolist(),
        "mix": np.flatnonzero(~rendered.in_mix).tolist(),
    }
    write_text(folder / f"{rendered.name}{MASKED_SUFFIX}", json.dumps(masked))
