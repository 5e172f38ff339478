"""How a drum is struck: the articulations of the sampled kits, and the class each is heard as."""

from enum import IntEnum

from chart_hero_core.base.drums import DrumClass


class Articulation(IntEnum):
    """Names as in the kits' file names (lower case there)."""

    KICK = 0
    SNARE = 1
    RIMSHOT = 2
    SIDESTICK = 3
    TOM_HIGH = 4
    TOM_MID = 5
    TOM_LOW = 6
    HIHAT_CLOSED = 7
    HIHAT_HALF = 8
    HIHAT_OPEN = 9
    HIHAT_PEDAL = 10
    CRASH_1 = 11
    CRASH_2 = 12
    CRASH_3 = 13
    CHINA = 14
    SPLASH = 15
    RIDE = 16
    RIDE_BELL = 17
    RIDE_EDGE = 18

    @property
    def drum(self) -> DrumClass:
        """The class a charter would write."""
        return CLASS_OF[self]


CLASS_OF: dict[Articulation, DrumClass] = {
    Articulation.KICK: DrumClass.KICK,
    Articulation.SNARE: DrumClass.SNARE,
    Articulation.RIMSHOT: DrumClass.SNARE,
    Articulation.SIDESTICK: DrumClass.SNARE,
    Articulation.TOM_HIGH: DrumClass.TOM_HIGH,
    Articulation.TOM_MID: DrumClass.TOM_MID,
    Articulation.TOM_LOW: DrumClass.TOM_LOW,
    Articulation.HIHAT_CLOSED: DrumClass.HIHAT,
    Articulation.HIHAT_HALF: DrumClass.HIHAT,
    Articulation.HIHAT_OPEN: DrumClass.HIHAT,
    Articulation.HIHAT_PEDAL: DrumClass.HIHAT,
    Articulation.CRASH_1: DrumClass.CRASH,
    Articulation.CRASH_2: DrumClass.CRASH,
    Articulation.CRASH_3: DrumClass.CRASH,
    Articulation.CHINA: DrumClass.CRASH,
    Articulation.SPLASH: DrumClass.CRASH,
    Articulation.RIDE: DrumClass.RIDE,
    Articulation.RIDE_BELL: DrumClass.RIDE,
    Articulation.RIDE_EDGE: DrumClass.RIDE,
}

# The drums that keep the time.
PULSE = frozenset({DrumClass.HIHAT, DrumClass.RIDE})

# What stands in for an articulation a kit lacks, nearest first. Where none is there either, the
# whole instrument is borrowed from another kit.
STAND_INS: dict[Articulation, tuple[Articulation, ...]] = {
    Articulation.RIMSHOT: (Articulation.SNARE,),
    Articulation.TOM_MID: (Articulation.TOM_HIGH, Articulation.TOM_LOW),
    Articulation.TOM_HIGH: (Articulation.TOM_MID,),
    Articulation.TOM_LOW: (Articulation.TOM_MID,),
    Articulation.HIHAT_HALF: (Articulation.HIHAT_OPEN, Articulation.HIHAT_CLOSED),
    Articulation.HIHAT_OPEN: (Articulation.HIHAT_HALF, Articulation.HIHAT_CLOSED),
    Articulation.HIHAT_PEDAL: (Articulation.HIHAT_CLOSED,),
    Articulation.CRASH_2: (Articulation.CRASH_1,),
    Articulation.CRASH_3: (Articulation.CRASH_2, Articulation.CRASH_1),
    Articulation.CHINA: (Articulation.CRASH_2, Articulation.CRASH_1),
    Articulation.SPLASH: (Articulation.CRASH_1,),
    Articulation.RIDE_BELL: (Articulation.RIDE,),
    Articulation.RIDE_EDGE: (Articulation.RIDE,),
}

# General MIDI notes and the further ones of Roland kits (22, 26 hat edges; 58 third tom's rim).
OF_MIDI_NOTE: dict[int, Articulation] = {
    35: Articulation.KICK,
    36: Articulation.KICK,
    38: Articulation.SNARE,
    40: Articulation.RIMSHOT,
    37: Articulation.SIDESTICK,
    50: Articulation.TOM_HIGH,
    48: Articulation.TOM_HIGH,
    47: Articulation.TOM_MID,
    45: Articulation.TOM_MID,
    43: Articulation.TOM_LOW,
    41: Articulation.TOM_LOW,
    58: Articulation.TOM_LOW,
    42: Articulation.HIHAT_CLOSED,
    22: Articulation.HIHAT_CLOSED,
    44: Articulation.HIHAT_PEDAL,
    46: Articulation.HIHAT_OPEN,
    26: Articulation.HIHAT_OPEN,
    49: Articulation.CRASH_1,
    57: Articulation.CRASH_2,
    55: Articulation.SPLASH,
    52: Articulation.CHINA,
    51: Articulation.RIDE,
    59: Articulation.RIDE_EDGE,
    53: Articulation.RIDE_BELL,
}

TOMS = (Articulation.TOM_HIGH, Articulation.TOM_MID, Articulation.TOM_LOW)

HIHATS = (
    Articulation.HIHAT_CLOSED,
    Articulation.HIHAT_HALF,
    Articulation.HIHAT_OPEN,
    Articulation.HIHAT_PEDAL,
)
