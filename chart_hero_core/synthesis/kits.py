"""Sampled drum kits: reading a library of one-shots, and drawing playable kit instances from it.

A library is a folder with ``manifest.json`` and one folder a kit holding
``ARTICULATION_vLL_rRR.flac`` (v01 = softest). A kit may inherit articulations from another one,
or be partial (a snare only, for mixing into other kits).
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import HIHATS, STAND_INS, TOMS, Articulation
from chart_hero_core.synthesis.augment import resample_by

# Released weights use none of the kits whose licence rests on a weak claim.
RELEASE_TIERS = ("permissive", "copyleft")
_FILE = re.compile(r"(?P<articulation>[a-z0-9_]+?)_v(?P<layer>\d+)_r(?P<robin>\d+)\.flac$")
_MAX_SECONDS = 5.0
# Drum machines are rarer in charted songs; variants share most sounds with the kit they vary.
_ELECTRONIC_WEIGHT, _VARIANT_WEIGHT = 0.5, 0.4

# layers (soft to loud) of round robins
Layers = tuple[tuple[Float32Array, ...], ...]


@dataclass(frozen=True)
class Kit:
    """One sampled kit: layers of one-shots per articulation, mono at 22.05 kHz.

    ``weight`` says how much there is to learn from it: many different strokes of a drum nobody
    else has teach more than one stroke of a drum machine.
    """

    name: str
    licence: str
    attribution: str
    heldout: bool
    acoustic: bool
    partial: bool
    weight: float
    sounds: Mapping[Articulation, Layers]
    # Toms whose round robins are two drums: General MIDI has six toms where kits have three.
    doubled: frozenset[Articulation] = frozenset()

    def find(self, articulation: Articulation) -> Layers | None:
        """The sounds of ``articulation`` or of its nearest stand-in in this kit."""
        for candidate in (articulation, *STAND_INS.get(articulation, ())):
            if candidate in self.sounds:
                return self.sounds[candidate]
        return None


def load_kits(folder: Path, heldout: bool, only: str | None = None) -> list[Kit]:
    """The kits of a library that are (or are not) held out, inheritance resolved.

    Raises:
        DatasetError: the folder has no readable manifest, or a file it names is broken or missing.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        entries = {entry["name"]: entry for entry in manifest["kits"]}
        wanted = [
            entry
            for entry in entries.values()
            if entry["heldout"] == heldout
            and entry["licence_tier"] in RELEASE_TIERS
            and (only is None or entry["name"] == only)
        ]
        cache: dict[str, dict[Articulation, Layers]] = {}
        return [_load_kit(folder, entry, entries, cache) for entry in wanted]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            f"{folder} is not a kit library: its manifest.json is unreadable."
        ) from error


def load_libraries(folders: Iterable[Path], heldout: bool) -> list[Kit]:
    """The kits of several libraries, as :func:`load_kits` reads one.

    Raises:
        DatasetError: one is no kit library, or two have a kit of the same name: a library given
            twice would be drawn twice as often, and no list of kits would show it.
    """
    kits = [kit for folder in folders for kit in load_kits(folder, heldout)]
    names = Counter(kit.name for kit in kits)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise DatasetError(f"Several kit libraries contain {', '.join(twice)}.")
    return kits


def _load_kit(
    folder: Path,
    entry: Mapping[str, Any],
    entries: Mapping[str, Mapping[str, Any]],
    cache: dict[str, dict[Articulation, Layers]],
) -> Kit:
    sounds = dict(_own_sounds(folder, entry, cache))
    for articulation, source in (entry.get("inherits") or {}).items():
        owner, _, other = source.partition(":")
        parent = _own_sounds(folder, entries[owner], cache)
        sound = parent.get(Articulation[(other or articulation).upper()])
        if sound is not None:
            sounds[Articulation[articulation.upper()]] = sound
    if not sounds:
        raise DatasetError(f"{folder / entry['name']} holds no sounds of the kit.")
    return Kit(
        name=entry["name"],
        licence=entry["licence"],
        attribution=entry["attribution"],
        heldout=bool(entry["heldout"]),
        acoustic=bool(entry["acoustic"]),
        partial=bool(entry.get("partial")),
        weight=_weight(entry),
        sounds=sounds,
        doubled=frozenset(tom for tom in TOMS if tom in sounds and _is_doubled(sounds[tom])),
    )


def _weight(entry: Mapping[str, Any]) -> float:
    kind = 1.0 if entry["acoustic"] else _ELECTRONIC_WEIGHT
    origin = _VARIANT_WEIGHT if entry.get("variant_of") else 1.0
    return float(np.sqrt(max(int(entry.get("files", 1)), 1)) * kind * origin)


def _own_sounds(
    folder: Path, entry: Mapping[str, Any], cache: dict[str, dict[Articulation, Layers]]
) -> dict[Articulation, Layers]:
    """Decode the files of one kit folder (not what it inherits), once."""
    name = entry["name"]
    if name not in cache:
        found: dict[Articulation, dict[int, list[Float32Array]]] = {}
        for path in sorted((folder / name).glob("*.flac")):
            match = _FILE.match(path.name)
            if match is None or match["articulation"].upper() not in Articulation.__members__:
                continue
            articulation = Articulation[match["articulation"].upper()]
            gain_db = (
                entry["articulations"].get(match["articulation"], {}).get("suggested_gain_db", 0.0)
            )
            layers = found.setdefault(articulation, {})
            layers.setdefault(int(match["layer"]), []).append(_decode(path, gain_db))
        cache[name] = {
            articulation: tuple(tuple(layers[number]) for number in sorted(layers))
            for articulation, layers in found.items()
        }
    return cache[name]


def _decode(path: Path, gain_db: float) -> Float32Array:
    try:
        samples, rate = sf.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise DatasetError(f"{path} cannot be decoded.") from error
    mono = samples.mean(axis=1) * np.float32(10 ** (gain_db / 20))
    mono = soxr.resample(mono, rate, SAMPLE_RATE)[: int(_MAX_SECONDS * SAMPLE_RATE)]
    return _trim_tail(np.asarray(mono, np.float32))


def _trim_tail(samples: Float32Array) -> Float32Array:
    """Cut what lies more than 70 dB under the peak at the end: rendering time, not sound."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max(initial=0.0) * 10 ** (-70 / 20))
    return samples[: int(loud[-1]) + 1] if len(loud) else samples[:1]


# A drum's strokes differ in pitch by less: force bends it by a few per cent.
_ONE_DRUM = 1.07


def _is_doubled(layers: Layers) -> bool:
    """Whether the robins of the loudest layer are two drums of different pitch."""
    if len(layers[-1]) != 2:
        return False
    one, other = (pitch_hz(((sample,),)) for sample in layers[-1])
    return max(one, other) > _ONE_DRUM * min(one, other)


_GROUPS: tuple[tuple[Articulation, ...], ...] = (
    (Articulation.KICK,),
    (Articulation.SNARE, Articulation.RIMSHOT),
    (Articulation.SIDESTICK,),
    TOMS,
    HIHATS,
    (Articulation.CRASH_1, Articulation.CRASH_2, Articulation.CRASH_3),
    (Articulation.CHINA,),
    (Articulation.SPLASH,),
    (Articulation.RIDE, Articulation.RIDE_BELL, Articulation.RIDE_EDGE),
)


_CYMBALS = tuple(group for group in _GROUPS if group[0] >= Articulation.HIHAT_CLOSED)
# Toms a kit may lack, from which other one they are made, and how much faster that is played.
_RETUNED: dict[Articulation, dict[Articulation, float]] = {
    Articulation.TOM_MID: {Articulation.TOM_HIGH: 0.82, Articulation.TOM_LOW: 1.22},
    Articulation.TOM_HIGH: {Articulation.TOM_MID: 1.22},
    Articulation.TOM_LOW: {Articulation.TOM_MID: 0.8, Articulation.TOM_HIGH: 0.65},
}
# A middle tom put between two others is not closer to them than this; the low one gives way.
_TOM_STEP = 0.84


def assemble(
    kits: list[Kit], rng: np.random.Generator, mixing: float = 0.35, weighted: bool = False
) -> dict[Articulation, Layers]:
    """Draw a complete set of sounds: a whole kit, its gaps and some instruments from others.

    Args:
        kits: the kits to draw from (partial ones serve their instruments only).
        rng: the source of randomness.
        mixing: probability of replacing each instrument group by another kit's.
        weighted: draw kits by their weight instead of evenly.

    Raises:
        DatasetError: all kits are partial.
    """
    whole = [kit for kit in kits if not kit.partial]
    if not whole:
        raise DatasetError("No complete kit to render with.")
    base = _draw(whole, rng, weighted)
    mix = rng.random() < 0.6
    sounds: dict[Articulation, Layers] = {}
    for group in _GROUPS:
        owner = base
        lacking = base.find(group[0]) is None
        if lacking or (mix and rng.random() < mixing):
            owners = [kit for kit in kits if group[0] in kit.sounds]
            if owners:
                owner = _draw(owners, rng, weighted)
        toms = _toms(owner, rng) if group == TOMS else {}
        for articulation in group:
            layers = toms.get(articulation) or owner.find(articulation)
            if layers is not None:
                sounds[articulation] = layers
    return sounds


def _toms(kit: Kit, rng: np.random.Generator) -> dict[Articulation, Layers]:
    """The toms of a kit, those it lacks made from a neighbour at a pitch of their own."""
    high, mid, low = TOMS
    toms = {tom: kit.sounds[tom] for tom in TOMS if tom in kit.sounds}
    robin = int(rng.integers(2))
    for tom in kit.doubled & toms.keys():
        toms[tom] = tuple((robins[min(robin, len(robins) - 1)],) for robins in toms[tom])
    if set(toms) == {high, low}:
        # Half way down, where there is room for it; kits of two toms tune them a third apart.
        ratio = pitch_hz(toms[low]) / pitch_hz(toms[high])
        step = min(max(float(np.sqrt(min(ratio, 1.0))), 0.6), _TOM_STEP)
        toms[mid] = _played_at(toms[high], step)
        if ratio > step * _TOM_STEP:
            toms[low] = _played_at(toms[low], step * _TOM_STEP / ratio)
        return toms
    made = {}
    for tom, sources in _RETUNED.items():
        source = next((s for s in sources if tom not in toms and s in toms), None)
        if source is not None:
            made[tom] = _played_at(toms[source], sources[source])
    return toms | made


def _played_at(layers: Layers, speed: float) -> Layers:
    return tuple(tuple(resample_by(sample, speed) for sample in robins) for robins in layers)


def pitch_hz(layers: Layers) -> float:
    """The strongest partial of a tom's loudest strokes, 45 to 400 Hz, 15 to 290 ms in."""
    pitches = []
    for sample in layers[-1]:
        ringing = sample[330:6400]
        size = 1 << 15
        level = np.abs(np.fft.rfft(ringing * np.hanning(len(ringing)), size))
        low, high = (round(hz * size / SAMPLE_RATE) for hz in (45, 400))
        pitches.append((low + int(level[low:high].argmax())) * SAMPLE_RATE / size)
    return float(np.median(pitches))


def layered(
    sounds: Mapping[Articulation, Layers],
    others: Mapping[Articulation, Layers],
    rng: np.random.Generator,
) -> dict[Articulation, Layers]:
    """``sounds`` with some groups of cymbals mixed with the same ones of another kit.

    Two crashes struck as one sound like a third: of cymbals there are few in any library.
    """
    result = dict(sounds)
    for group in _CYMBALS:
        if rng.random() < 0.5:
            continue
        share_db = rng.uniform(-9, 3)
        for articulation in group:
            if articulation in sounds and articulation in others:
                mixed = _both(sounds[articulation], others[articulation], share_db, rng)
                result[articulation] = mixed
    return result


def _both(first: Layers, second: Layers, share_db: float, rng: np.random.Generator) -> Layers:
    """Every stroke of ``first`` with one of ``second`` of like force, ``share_db`` beside it."""
    layers: list[tuple[Float32Array, ...]] = []
    for index, robins in enumerate(first):
        partners = second[min(index * len(second) // len(first), len(second) - 1)]
        mixed = []
        for sample in robins:
            partner = partners[int(rng.integers(len(partners)))]
            level = np.abs(sample).max(initial=0.0) / (np.abs(partner).max(initial=0.0) + 1e-9)
            out = np.zeros(max(len(sample), len(partner)), np.float32)
            out[: len(sample)] = sample
            out[: len(partner)] += partner * np.float32(level * 10 ** (share_db / 20))
            mixed.append(out)
        layers.append(tuple(mixed))
    return tuple(layers)


def _draw(kits: list[Kit], rng: np.random.Generator, weighted: bool) -> Kit:
    if not weighted:
        return kits[int(rng.integers(len(kits)))]
    weights = np.array([kit.weight for kit in kits])
    return kits[int(rng.choice(len(kits), p=weights / weights.sum()))]
