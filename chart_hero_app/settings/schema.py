"""Every preference once: its name, kind, default, bounds and the words shown beside it.

The preferences dialog, the file on disk and its validation are all made from :data:`SCHEMA`.
"""

from dataclasses import dataclass
from enum import Enum

from chart_hero_app.settings.interface_size import CHOICES, SYSTEM
from chart_hero_core.base.errors import SettingsError

Value = bool | int | float | str


class Kind(Enum):
    """How a preference is edited."""

    SWITCH = "switch"
    WHOLE = "whole number"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    DEVICE = "sound device"  # text; empty is the system's own choice
    MODEL = "model"  # the model store keeps the choice; no value of its own


@dataclass(frozen=True, slots=True)
class Entry:
    """One preference."""

    name: str
    page: str
    title: str
    help: str
    kind: Kind
    default: Value
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    unit: str = ""
    lowest: str = ""  # what the lowest number is called, where that is no number
    choices: tuple[tuple[str, str], ...] = ()  # (value, title)

    def check(self, value: object) -> Value:
        """``value`` when it fits this entry.

        Raises:
            SettingsError: wrong type, out of bounds or no such choice.
        """
        if self.kind is Kind.SWITCH:
            if isinstance(value, bool):
                return value
        elif self.kind in (Kind.WHOLE, Kind.NUMBER):
            if isinstance(value, int | float) and not isinstance(value, bool):
                number = int(value) if self.kind is Kind.WHOLE else float(value)
                if self.low <= number <= self.high:
                    return number
        elif isinstance(value, str) and (
            self.kind is not Kind.CHOICE or value in {name for name, _ in self.choices}
        ):
            return value
        raise SettingsError(f"{self.title}: {value!r} is not possible.")


SCHEMA: tuple[Entry, ...] = (
    Entry(
        "theme",
        "Look",
        "Colours",
        "Dark, light, or what the system uses.",
        Kind.CHOICE,
        "system",
        choices=(("system", "Same as the system"), ("dark", "Dark"), ("light", "Light")),
    ),
    Entry(
        "interface_size",
        "Look",
        "Interface size",
        "Scales text, icons and rows. Takes effect when Chart Hero is restarted.",
        Kind.CHOICE,
        SYSTEM,
        choices=CHOICES,
    ),
    Entry(
        "follow",
        "Look",
        "Follow the playhead",
        "How the view keeps up while the song plays.",
        Kind.CHOICE,
        "page",
        choices=(
            ("off", "Do not follow"),
            ("page", "Page by page"),
            ("centre", "Keep it in the middle"),
        ),
    ),
    Entry(
        "audio_device",
        "Sound",
        "Output device",
        "Where the song is played.",
        Kind.DEVICE,
        "",
    ),
    Entry(
        "audio_latency",
        "Sound",
        "Buffer",
        "Long buffers never crackle; short ones react sooner to volume and loop changes.",
        Kind.CHOICE,
        "high",
        choices=(("high", "Long (safe)"), ("low", "Short")),
    ),
    Entry(
        "av_offset_ms",
        "Sound",
        "Playhead correction",
        "Positive values move the playhead later, for devices with a delay of their own "
        "(Bluetooth).",
        Kind.WHOLE,
        0,
        low=-500,
        high=500,
        unit="ms",
    ),
    Entry(
        "autosave",
        "Saving",
        "Save automatically",
        "Keeps the project file up to date, or a recovery copy where there is none.",
        Kind.SWITCH,
        True,
    ),
    Entry(
        "autosave_pause_s",
        "Saving",
        "After a pause of",
        "How long to wait after the last change before saving.",
        Kind.NUMBER,
        2.0,
        low=0.5,
        high=60.0,
        step=0.5,
        unit="s",
    ),
    Entry(
        "charter",
        "Saving",
        "Your name as charter",
        "Written into the song.ini of new songs.",
        Kind.TEXT,
        "",
    ),
    Entry(
        "model",
        "Analysis",
        "Model",
        "The model that transcribes songs.",
        Kind.MODEL,
        "",
    ),
    Entry(
        "listen_to",
        "Analysis",
        "Listen to",
        "The drums stem is clearer; a full mix works too.",
        Kind.CHOICE,
        "auto",
        choices=(
            ("auto", "Drums stem if there is one"),
            ("drums", "Drums stem"),
            ("mix", "Whole mix"),
        ),
    ),
    Entry(
        "transcribe_on_open",
        "Analysis",
        "Transcribe new songs when they are opened",
        "Songs that already have a drum chart are left alone.",
        Kind.SWITCH,
        False,
    ),
    Entry(
        "threads",
        "Analysis",
        "Processor threads",
        "How many the model may use while it transcribes.",
        Kind.WHOLE,
        0,
        low=0,
        high=64,
        lowest="Automatic",
    ),
)
