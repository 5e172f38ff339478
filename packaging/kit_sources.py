"""Which sounds of which package make which kit, for ``make_kits.py``.

Left out on purpose: the further presets of both soundfonts, which share all their sounds with the
standard one; MuseScore's soundfont, whose drums are those of FluidR3; most of the third Hydrogen
kit, whose toms and cymbals are other things struck.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """Where sounds come from and under what terms."""

    source: str
    licence: str
    tier: str
    attribution: str


@dataclass(frozen=True)
class FontKit:
    """A preset of a soundfont's drum bank: the key of each articulation.

    A partial kit serves its instruments to others only.
    """

    name: str
    program: int
    kind: str
    keys: Mapping[str, int]
    acoustic: bool = True
    partial: bool = False
    variant_of: str | None = None
    note: str = "soft and loud strokes differ in level, hardly in sound"


@dataclass(frozen=True)
class RecordedKit:
    """Files below a folder, one an articulation."""

    name: str
    origin: str
    kind: str
    files: Mapping[str, str]
    acoustic: bool = False
    partial: bool = False
    variant_of: str | None = None
    note: str = "one stroke an instrument"


# Of the six toms of General MIDI one each, and no second kick or snare: a drum struck twice must
# not sound like two.
_TOMS = {"tom_high": 50, "tom_mid": 47, "tom_low": 43}
_HATS = {"hihat_closed": 42, "hihat_pedal": 44, "hihat_open": 46}
_DRUMS = {"kick": 36, "snare": 38, "sidestick": 37}
_CYMBALS = {"crash_1": 49, "crash_2": 57, "splash": 55, "china": 52, "ride": 51, "ride_bell": 53}
_WHOLE = {**_DRUMS, **_TOMS, **_HATS, **_CYMBALS}
_SECOND = {"kick": 35, "snare": 40, "ride": 59}


def _font_kits(font: str) -> tuple[FontKit, ...]:
    """The presets that two fonts of like layout have in common."""
    whole = f"{font}_standard"
    return (
        FontKit(whole, 0, "acoustic rock/pop", _WHOLE),
        FontKit(f"{font}_second", 0, "acoustic rock/pop", _SECOND, True, True, whole),
        FontKit(f"{font}_room", 8, "acoustic roomy", _DRUMS, True, True, whole),
        FontKit(f"{font}_power", 16, "acoustic power rock", _DRUMS, True, True, whole),
        FontKit(f"{font}_brush", 40, "acoustic jazz brushes", {"snare": 38}, True, True, whole),
    )


_MACHINE = {**_DRUMS, **_TOMS, **_HATS, "crash_1": 49}
_TIMGM = (
    *_font_kits("timgm"),
    FontKit("timgm_electronic", 24, "electronic", {**_MACHINE, "ride": 51}, False),
    FontKit("timgm_808", 25, "electronic 808", {**_MACHINE, "ride": 59}, False),
)
_A320U = (
    *_font_kits("a320u"),
    FontKit("a320u_electronic", 24, "electronic", {**_DRUMS, **_TOMS}, False, True),
    FontKit("a320u_808", 25, "electronic 808", _MACHINE, False),
)
FONTS: dict[str, tuple[Origin, tuple[FontKit, ...]]] = {
    "timgm": (
        Origin(
            "Debian package timgm6mb-soundfont 1.3-5",
            "GPL-2.0-only",
            "copyleft",
            "TimGM6mb SoundFont, (c) 2004 Tim Brechbill, 2010 David Bolton",
        ),
        _TIMGM,
    ),
    "a320u": (
        Origin(
            "Debian package denemo-data 2.6.18-1 (A320U.sf2)",
            "GPL-2.0-only",
            "copyleft",
            "A320U SoundFont, (c) 2005 Milton Paredes",
        ),
        _A320U,
    ),
}

_HYDROGEN = "Debian package hydrogen-drumkits 2017.09.19"
_EMPIRE = "ElectricEmpireKit/EE_"
_HARD = "HardElectro1/"
_HYDROGEN_KITS = (
    RecordedKit(
        "electric_empire_lite",
        "empire",
        "electronic",
        {
            "kick": _EMPIRE + "Kick_Lite_1.flac",
            "snare": _EMPIRE + "Snare_1.flac",
            "hihat_closed": _EMPIRE + "Hat_Cl_Bs.flac",
            "hihat_open": _EMPIRE + "Hat_Op_Phaser.flac",
        },
    ),
    RecordedKit(
        "electric_empire_hard",
        "empire",
        "electronic",
        {
            "kick": _EMPIRE + "Kick_Hard_2.flac",
            "snare": _EMPIRE + "Snare_2.flac",
            "hihat_closed": _EMPIRE + "Hat_Cl_Dirty.flac",
            "hihat_open": _EMPIRE + "Hat_Op_Dirty.flac",
        },
    ),
    RecordedKit(
        "electric_empire_old",
        "empire",
        "electronic",
        {
            "kick": _EMPIRE + "Kick_Old.flac",
            "snare": _EMPIRE + "Snare_3.flac",
            "hihat_closed": _EMPIRE + "Hat_Low.flac",
        },
        partial=True,
    ),
    RecordedKit(
        "hard_electro",
        "hard",
        "electronic",
        {
            "kick": _HARD + "HardHse_K_02.flac",
            "snare": _HARD + "PowR_SN_1.flac",
            "hihat_closed": _HARD + "CHH_1.flac",
            "hihat_open": _HARD + "Hard_Hse_OHH_1.flac",
        },
    ),
    RecordedKit(
        "rumpf_z01",
        "rumpf",
        "acoustic-like found sounds",
        {
            "kick": "rumpf_kit_z01_h2/beats_06-38.flac",
            "snare": "rumpf_kit_z01_h2/beats_01-21.flac",
            "hihat_closed": "rumpf_kit_z01_h2/beats_09-10.flac",
        },
        acoustic=True,
        partial=True,
    ),
)
_PAVLOV = "Artemiy Pavlov (Artemio)"
_HYDROGEN_ORIGINS = {
    "empire": Origin(
        f"{_HYDROGEN} (ElectricEmpireKit)",
        "GPL-2.0-or-later",
        "copyleft",
        f"ElectricEmpireKit by {_PAVLOV}",
    ),
    "hard": Origin(
        f"{_HYDROGEN} (HardElectro1)",
        "GPL-2.0-or-later",
        "copyleft",
        f"HardElectro1 by {_PAVLOV}",
    ),
    "rumpf": Origin(
        f"{_HYDROGEN} (rumpf_kit_z01_h2)",
        "CC-BY-3.0",
        "permissive",
        "rumpf_kit_z01 by Emanuel Rumpf",
    ),
}

_LMMS_KITS = (
    RecordedKit(
        "lmms_acoustic",
        "lmms",
        "acoustic",
        {
            "kick": "bassdrum_acoustic02.ogg",
            "snare": "snare_acoustic01.ogg",
            "sidestick": "sidestick01.ogg",
            "tom_high": "tom_hi01.ogg",
            "tom_low": "tom_low01.ogg",
            "hihat_closed": "hihat_closed01.ogg",
            "hihat_pedal": "hihat_foot_pedal01.ogg",
            "hihat_open": "hihat_opened01.ogg",
            "crash_1": "crash02.ogg",
            "crash_2": "crash01.ogg",
            "ride": "ride01.ogg",
        },
        acoustic=True,
    ),
    RecordedKit(
        "lmms_electronic",
        "lmms",
        "electronic",
        {
            "kick": "kick01.ogg",
            "snare": "snare01.ogg",
            "tom_high": "tom04.ogg",
            "tom_mid": "tom05.ogg",
            "tom_low": "tom03.ogg",
            "hihat_closed": "hihat_closed02.ogg",
            "hihat_open": "hihat_opened02.ogg",
        },
    ),
    RecordedKit(
        "lmms_electronic2",
        "lmms",
        "electronic",
        {
            "kick": "bassdrum02.ogg",
            "snare": "snare04.ogg",
            "hihat_closed": "hihat_closed05.ogg",
            "hihat_open": "hihat_opened03.ogg",
        },
    ),
)
_LMMS_ORIGINS = {
    "lmms": Origin(
        "Debian package lmms-common 1.2.2 (samples/drums)",
        "GPL-2.0-or-later",
        "copyleft",
        "LMMS developers, drum samples of LMMS",
    )
}
RECORDED: dict[str, tuple[Mapping[str, Origin], tuple[RecordedKit, ...]]] = {
    "hydrogen": (_HYDROGEN_ORIGINS, _HYDROGEN_KITS),
    "lmms": (_LMMS_ORIGINS, _LMMS_KITS),
}
