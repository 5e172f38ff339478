"""The note numbers, velocities and names of a drum chart in a .mid."""

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, PhraseKind

SOURCE = "mid"  # of foreign items
DRUMS = "PART DRUMS"
EVENTS = "EVENTS"
TEMPO_PLACE = "tempo track"  # where foreign items of track 0 stand

FIRST_PITCH = {
    Difficulty.EASY: 60,
    Difficulty.MEDIUM: 72,
    Difficulty.HARD: 84,
    Difficulty.EXPERT: 96,
}
DOUBLE_KICK = -1  # from the first pitch of its difficulty
FLAM = 109
TOM_MARKERS = {Lane.YELLOW: 110, Lane.BLUE: 111, Lane.GREEN: 112}
PHRASE_PITCHES = {
    103: PhraseKind.SOLO,
    105: PhraseKind.VERSUS_1,
    106: PhraseKind.VERSUS_2,
    116: PhraseKind.STAR_POWER,
    120: PhraseKind.ACTIVATION,
    125: PhraseKind.KICK_LANE,
    126: PhraseKind.ROLL,
    127: PhraseKind.DOUBLE_ROLL,
}
FILL_PITCHES = (120, 121, 122, 123, 124)  # only the first is read
LANE_KINDS = (PhraseKind.KICK_LANE, PhraseKind.ROLL, PhraseKind.DOUBLE_ROLL)

ACCENT, NORMAL, GHOST = 127, 100, 1

# pitch -> (difficulty, pad); pad -1 is the double kick, 5 the fifth pad of a 5-lane kit.
GEMS = {
    first + pad: (difficulty, pad)
    for difficulty, first in FIRST_PITCH.items()
    for pad in range(DOUBLE_KICK, 6)
}
OWNED = frozenset((*GEMS, FLAM, *TOM_MARKERS.values(), *PHRASE_PITCHES, *FILL_PITCHES))

# Rolls belong to Expert; a velocity in these ranges adds the easier difficulties down to one.
_LANE_VELOCITIES = {Difficulty.HARD: 45, Difficulty.MEDIUM: 35, Difficulty.EASY: 25}


def longest_short_note(resolution: int) -> int:
    """Notes up to this many ticks are no sustains (the rule of Clone Hero for a .mid)."""
    return resolution // 3 + 1


def lane_velocity(easiest: Difficulty) -> int:
    """The velocity of a roll that holds on ``easiest`` and all harder difficulties."""
    return _LANE_VELOCITIES.get(easiest, NORMAL)


def easiest_of_lane(velocity: int) -> Difficulty:
    """The reverse of :func:`lane_velocity`."""
    for difficulty, middle in _LANE_VELOCITIES.items():
        if middle - 4 <= velocity <= middle + 5:
            return difficulty
    return Difficulty.EXPERT
