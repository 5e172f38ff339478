"""Every tunable of the decoder, declared once.

The fields of :class:`DecodeSettings` are the one declaration: bounds, step, unit, help and the
defaults of both modes stand beside each field. ``KNOBS``, sliders, ``--set`` on the command line,
validation and presets all derive from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.decode.knobs import GivenValue as GivenValue
from chart_hero_core.decode.knobs import Knob as Knob
from chart_hero_core.decode.knobs import Value as Value
from chart_hero_core.decode.knobs import shown

SCHEMA = 1
MICRO_PREFIX = "micro."

_T = TypeVar("_T")


def _knob(default: _T, micro: _T, **declaration: Any) -> _T:
    declared: _T = field(
        default=default,
        metadata={"default": default, "micro_default": micro, **declaration},
    )
    return declared


@dataclass(frozen=True, slots=True)
class DecodeSettings:
    """The knobs of one mode. Tuples hold one value per class, in the order of ``DrumClass``.

    Raises:
        SettingsError: from the constructor, for a value out of bounds.
    """

    activity_gate: float = _knob(
        0.6,
        0.7,
        title="Activity gate",
        kind="float",
        group="Detection",
        step=0.01,
        help="How sure the model must be that any drum is hit at all. Higher: fewer hits of every "
        "class, and fewer false ones in passages without drums.",
    )
    thresholds: tuple[float, ...] = _knob(
        (0.45, 0.45, 0.5, 0.5, 0.5, 0.4, 0.45, 0.45),
        (0.5, 0.5, 0.55, 0.55, 0.55, 0.5, 0.6, 0.6),
        title="Threshold",
        kind="float",
        group="Detection",
        minimum=0.05,
        step=0.01,
        per_class=True,
        help="How sure the model must be of this drum. Higher: fewer false hits, more missed ones.",
    )
    presence: float = _knob(
        0.0,
        0.0,
        title="Drums nearby",
        kind="float",
        group="Detection",
        maximum=0.99,
        step=0.01,
        help="A kick, snare or hi-hat counts only if the 10 s around it have a stroke of at least "
        "this confidence every four seconds. Higher: nothing is charted where no drums play, and "
        "less where they can hardly be heard; at 0 every hit is judged on its own.",
    )
    roll_share: float = _knob(
        1.0,
        1.0,
        title="Strokes in rolls",
        kind="float",
        group="Detection",
        minimum=0.1,
        step=0.01,
        help="In a run of six or more strokes of one drum, less than 55 ms apart, only three must "
        "stand out; the others need only this share of their threshold and the gate, and may lie "
        "close to a higher one. Lower: fuller rolls, more doubled strokes; at 1 every stroke is "
        "judged on its own.",
    )
    rival_confidence: float = _knob(
        0.7,
        0.7,
        title="Two at once from",
        kind="float",
        group="Struck at once",
        step=0.01,
        help="When two cymbals, two toms, or snare and tom are heard within 18 ms, the more "
        "confident one stays, and the other only if its confidence is at least this. Higher: one "
        "stroke is less often charted as two; at 0 both stay. Rolls are exempt while their "
        "strokes may help each other (Strokes in rolls below 1).",
    )
    cymbal_share: float = _knob(
        0.7,
        1.0,
        title="Undecided cymbals",
        kind="float",
        group="Struck at once",
        minimum=0.1,
        step=0.01,
        help="A stroke that is heard partly as hi-hat, partly as crash or ride may miss the "
        "threshold of each. Where the model is sure enough of any cymbal, the likeliest one needs "
        "only this share of its threshold and the gate. Lower: fewer missed cymbals, more under "
        "the wrong name; at 1 every cymbal stands for itself.",
    )
    arbitrate: bool = _knob(
        True,
        True,
        title="Tom or cymbal",
        kind="bool",
        group="Struck at once",
        help="When a tom and a cymbal of the same colour are struck together, keep only the "
        "likelier one: a chart can hold only one of them.",
    )
    arbitration_margin: float = _knob(
        0.0,
        0.0,
        title="Margin for toms",
        kind="float",
        group="Struck at once",
        minimum=-0.5,
        maximum=0.5,
        step=0.01,
        help="How much likelier than the cymbal of its colour a tom must be to be charted in its "
        "place. Higher: more cymbals; below zero: more toms.",
    )
    arbitration_window_ms: float = _knob(
        15.0,
        15.0,
        title="Struck together within",
        kind="float",
        group="Struck at once",
        maximum=50.0,
        step=1.0,
        unit="ms",
        help="A tom and a cymbal of the same colour this close together count as struck together.",
    )
    nms_frames: int = _knob(
        9,
        17,
        title="Peak window",
        kind="int",
        group="Density",
        minimum=3,
        maximum=41,
        step=2,
        unit="frames",
        help="A peak counts only if it is the highest of its drum in a window of this many frames "
        "around it. 9 frames of 5.8 ms reach 23 ms to either side, so strokes of one drum less "
        "than 29 ms apart become one: 64ths stay separate up to 125 BPM. 5 frames separate 64ths "
        "up to 210 BPM, 3 frames everything that the model can. In micro mode a frame is half as "
        "long. Rolls are exempt while their strokes may help each other (Strokes in rolls below "
        "1).",
    )
    min_spacing_ms: tuple[float, ...] = _knob(
        (25.0, 25.0, 30.0, 30.0, 30.0, 30.0, 50.0, 35.0),
        (30.0, 30.0, 35.0, 35.0, 35.0, 35.0, 60.0, 40.0),
        title="Minimum spacing",
        kind="float",
        group="Density",
        maximum=120.0,
        step=1.0,
        unit="ms",
        per_class=True,
        help="When two strokes of this drum are closer than this, the weaker one is dropped. A "
        "32nd at 200 BPM lasts 37.5 ms, a 64th 18.8 ms; flams are 10 to 40 ms apart.",
    )
    offset_ms: tuple[float, ...] = _knob(
        (0.0,) * DRUM_COUNT,
        (0.0,) * DRUM_COUNT,
        title="Timing correction",
        kind="float",
        group="Timing",
        minimum=-30.0,
        maximum=30.0,
        step=0.1,
        unit="ms",
        per_class=True,
        help="Added to the time of every hit of this drum. Negative: earlier.",
    )
    refine: bool = _knob(
        True,
        True,
        title="Between frames",
        kind="bool",
        group="Timing",
        help="Place hits where they were heard between the model's frames (5.8 ms apart) instead "
        "of on the nearest frame.",
    )

    def __post_init__(self) -> None:
        for knob in KNOBS:
            object.__setattr__(self, knob.name, knob.check_all(getattr(self, knob.name)))

    @staticmethod
    def micro_defaults() -> "DecodeSettings":
        """The defaults of the finer hop."""
        return DecodeSettings(**{knob.name: knob.micro_default for knob in KNOBS})  # type: ignore[arg-type]

    def value(self, path: str) -> Value:
        """The value of ``activity_gate``, ``thresholds`` or ``thresholds.kick``.

        Raises:
            SettingsError: there is no such knob.
        """
        knob, drum = find_knob(path)
        found: Value = getattr(self, knob.name)
        if drum is None:
            return found
        assert isinstance(found, tuple)
        return found[drum]

    def with_value(self, path: str, value: GivenValue) -> "DecodeSettings":
        """A copy with one knob (or one class of it: ``thresholds.kick``) set.

        ``value`` may be text. One number for a per-class knob sets all classes, a table those
        that it names.

        Raises:
            SettingsError: no such knob, or out of its bounds.
        """
        return self._with(path, value, path)

    def _with(self, path: str, value: Any, shown_path: str) -> "DecodeSettings":
        name = find_knob(path)[0].name
        checked = _checked(path, value, shown_path, getattr(self, name))
        return replace(self, **{name: checked})

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; per-class values by class name."""
        return {knob.name: _plain(knob, getattr(self, knob.name)) for knob in KNOBS}

    @staticmethod
    def from_dict(data: Any, micro: bool = False) -> "DecodeSettings":
        """The inverse of :meth:`to_dict`; absent knobs keep the mode's default.

        Raises:
            SettingsError: an unknown knob or class, or a value out of bounds.
        """
        if not isinstance(data, Mapping):
            raise SettingsError(f"Decode settings must be a table of knobs, not {shown(data)}.")
        # Turned one by one, every knob would check all others again: the window reads four presets.
        values: dict[str, Any] = {k.name: k.micro_default if micro else k.default for k in KNOBS}
        for name, value in data.items():
            if name in _RETIRED:
                continue
            if name not in _BY_NAME:
                raise SettingsError(f"There is no knob named {shown(name)}.")
            shown_path = f"{MICRO_PREFIX}{name}" if micro else name
            values[name] = _checked(name, value, shown_path, values[name])
        return DecodeSettings(**values)


KNOBS: tuple[Knob, ...] = tuple(Knob(name=f.name, **f.metadata) for f in fields(DecodeSettings))
_BY_NAME = {knob.name: knob for knob in KNOBS}
# Knobs of before that files may still hold: the share of the strongest rival's height, never used.
_RETIRED = frozenset({"rival_share"})


def _plain(knob: Knob, value: Any) -> Any:
    if knob.per_class:
        return {drum.label: value[drum] for drum in DrumClass}
    return value


def find_knob(path: str) -> tuple[Knob, DrumClass | None]:
    """The knob (and class) that ``thresholds.kick`` names; the prefix ``micro.`` is ignored.

    Raises:
        SettingsError: there is no such knob, or it has no such class.
    """
    name, _, label = path.removeprefix(MICRO_PREFIX).partition(".")
    knob = _BY_NAME.get(name)
    if knob is None:
        raise SettingsError(f"There is no knob named {shown(name)}. Known: {', '.join(_BY_NAME)}.")
    if not label:
        return knob, None
    if not knob.per_class:
        raise SettingsError(f"{name} has one value for all drums; leave out .{shown(label)}.")
    try:
        return knob, DrumClass.from_label(label)
    except KeyError:
        labels = ", ".join(drum.label for drum in DrumClass)
        raise SettingsError(f"{name} has no class {shown(label)}. Known: {labels}.") from None


def _checked(path: str, value: Any, shown_path: str, before: Any) -> Any:
    """The whole value of the knob at a path once it is turned; complaints name ``shown_path``."""
    knob, drum = find_knob(path)
    if drum is not None:
        turned = list(before)
        turned[drum] = knob.check(value, shown_path)
        return tuple(turned)
    if not (knob.per_class and isinstance(value, Mapping)):
        return knob.check_all(value, shown_path)
    for label, one in value.items():
        before = _checked(f"{path}.{label}", one, f"{shown_path}.{label}", before)
    return before


@dataclass(frozen=True, slots=True)
class DecodePlan:
    """The knobs of both modes: what a preset holds and what the decoder is given."""

    baseline: DecodeSettings = field(default_factory=DecodeSettings)
    micro: DecodeSettings = field(default_factory=DecodeSettings.micro_defaults)

    def value(self, path: str) -> Value:
        """The value at ``thresholds.kick`` or, of micro mode, ``micro.thresholds.kick``."""
        mode = self.micro if path.startswith(MICRO_PREFIX) else self.baseline
        return mode.value(path)

    def with_value(self, path: str, value: GivenValue) -> "DecodePlan":
        """A copy with one knob set, as :meth:`DecodeSettings.with_value`."""
        if path.startswith(MICRO_PREFIX):
            return replace(self, micro=self.micro._with(path, value, path))
        return replace(self, baseline=self.baseline._with(path, value, path))

    def with_assignments(self, assignments: Iterable[str]) -> "DecodePlan":
        """A copy with ``knob=value`` texts applied in order (the command line's ``--set``).

        Raises:
            SettingsError: a text without ``=``, an unknown knob or a value out of bounds.
        """
        plan = self
        for text in assignments:
            path, separator, value = text.partition("=")
            if not separator:
                raise SettingsError(f"{shown(text)} is not of the form knob=value.")
            plan = plan.with_value(path.strip(), value.strip())
        return plan

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with the schema version."""
        return {
            "schema": SCHEMA,
            "baseline": self.baseline.to_dict(),
            "micro": self.micro.to_dict(),
        }

    @staticmethod
    def from_dict(data: Any) -> "DecodePlan":
        """The inverse of :meth:`to_dict`; absent knobs keep their defaults.

        Raises:
            SettingsError: a foreign format, an unknown knob or a value out of bounds.
        """
        if not isinstance(data, Mapping):
            raise SettingsError(f"Decode settings must be a table, not {shown(data)}.")
        if data.get("schema") != SCHEMA:
            raise SettingsError(
                f"These decode settings have format {shown(data.get('schema'))}; "
                f"this version reads {SCHEMA}."
            )
        unknown = set(data) - {"schema", "baseline", "micro", "title", "help"}
        if unknown:
            raise SettingsError(f"Decode settings have no part named {min(map(str, unknown))!r}.")
        return DecodePlan(
            DecodeSettings.from_dict(data.get("baseline", {})),
            DecodeSettings.from_dict(data.get("micro", {}), micro=True),
        )
