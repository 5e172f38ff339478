"""The calibration of a checkpoint: its confidences, thresholds and timing corrections."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import Float64Array, IndexArray
from chart_hero_core.base.domains import DOMAINS, Domain
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import SettingsError

SCHEMA = 1
# float32 probabilities cannot be told from 0 and 1 beyond this; keeps logits finite.
_EPSILON = 1e-7

_ONES = (1.0,) * DRUM_COUNT
_ZEROS = (0.0,) * DRUM_COUNT


@dataclass(frozen=True, slots=True)
class PresetLevels:
    """What makes this checkpoint behave as one preset means it to; levels are 0..1.

    ``nms_frames`` (peak window), ``min_spacing_ms`` (per class) and ``presence`` (how sure the
    strokes about a hit must be) are None where the preset's own were not fitted.
    """

    activity_gate: float
    thresholds: tuple[float, ...]
    nms_frames: int | None = None
    min_spacing_ms: tuple[float, ...] | None = None
    presence: float | None = None

    def __post_init__(self) -> None:
        _check_range("activity_gate", self.activity_gate, 0.0, 1.0)
        thresholds = _eight("thresholds", self.thresholds)
        for drum in DrumClass:
            _check_range(f"thresholds.{drum.label}", thresholds[drum], 0.0, 1.0)
        object.__setattr__(self, "thresholds", thresholds)
        if self.nms_frames is not None and not (
            1 <= self.nms_frames <= 99 and self.nms_frames % 2 == 1
        ):
            raise SettingsError(f"nms_frames must be odd, 1 to 99, not {self.nms_frames}.")
        if self.min_spacing_ms is not None:
            spacing = _eight("min_spacing_ms", self.min_spacing_ms)
            for drum in DrumClass:
                _check_range(f"min_spacing_ms.{drum.label}", spacing[drum], 0.0, 500.0)
            object.__setattr__(self, "min_spacing_ms", spacing)
        if self.presence is not None:
            _check_range("presence", self.presence, 0.0, 1.0)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; what was not fitted is left out."""
        data: dict[str, Any] = {
            "activity_gate": self.activity_gate,
            "thresholds": _named(self.thresholds),
        }
        if self.nms_frames is not None:
            data["nms_frames"] = self.nms_frames
        if self.min_spacing_ms is not None:
            data["min_spacing_ms"] = _named(self.min_spacing_ms)
        if self.presence is not None:
            data["presence"] = self.presence
        return data


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a calibration comes from."""

    date: str = ""
    data: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted on a development split, stored beside the weights.

    Attributes:
        domain: the audio it holds for, ``drums`` (drums alone) or ``mix`` (a whole song).
        scale, bias: per class, ``confidence = sigmoid(scale * logit(p) + bias)`` (Platt 1999;
            temperature scaling where all biases are zero). Scales are positive.
        offset_ms: per class, added to the time of every hit.
        arbitration_margin: by how much a tom has to beat the cymbal of its colour.
        presets: levels by preset name.
        micro: the same for the finer hop; None where the normal one holds for both.
        provenance: date, data and command of the fit.

    Raises:
        SettingsError: from the constructor, for a value that makes no sense.
    """

    domain: Domain = "mix"
    scale: tuple[float, ...] = _ONES
    bias: tuple[float, ...] = _ZEROS
    offset_ms: tuple[float, ...] = _ZEROS
    arbitration_margin: float = 0.0
    presets: Mapping[str, PresetLevels] = field(default_factory=lambda: MappingProxyType({}))
    micro: "Calibration | None" = None
    provenance: Provenance = Provenance()

    def __post_init__(self) -> None:
        if self.domain not in DOMAINS:
            raise SettingsError(
                f"A calibration is for {' or '.join(DOMAINS)}, not for {self.domain!r}."
            )
        for name in ("scale", "bias", "offset_ms"):
            object.__setattr__(self, name, _eight(name, getattr(self, name)))
        for drum in DrumClass:
            _check_range(f"scale.{drum.label}", self.scale[drum], 1e-3, 1e3)
            _check_range(f"bias.{drum.label}", self.bias[drum], -50.0, 50.0)
            _check_range(f"offset_ms.{drum.label}", self.offset_ms[drum], -100.0, 100.0)
        _check_range("arbitration_margin", self.arbitration_margin, -1.0, 1.0)
        if self.micro is not None and self.micro.micro is not None:
            raise SettingsError("A micro calibration cannot hold another micro calibration.")
        object.__setattr__(self, "presets", MappingProxyType(dict(self.presets)))

    def confidence(
        self, drums: IndexArray, probabilities: NDArray[np.floating[Any]]
    ) -> Float64Array:
        """Calibrated confidence of each of N probabilities; ``drums`` are their classes."""
        p = np.clip(np.asarray(probabilities, dtype=np.float64), _EPSILON, 1.0 - _EPSILON)
        logit = np.log(p) - np.log1p(-p)
        scaled = np.asarray(self.scale)[drums] * logit + np.asarray(self.bias)[drums]
        sigmoid: Float64Array = 0.5 * (1.0 + np.tanh(0.5 * scaled))  # cannot overflow
        return sigmoid

    def with_drums_of(self, other: "Calibration", drums: Collection[DrumClass]) -> "Calibration":
        """This one with the confidences and thresholds that ``other`` has for ``drums``.

        Those of micro mode stay.
        """

        def chosen(mine: tuple[float, ...], others: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(others[d] if d in drums else mine[d] for d in DrumClass)

        presets = {
            name: replace(levels, thresholds=chosen(levels.thresholds, theirs.thresholds))
            for name, levels in self.presets.items()
            if (theirs := other.presets.get(name)) is not None
        }
        return replace(
            self,
            scale=chosen(self.scale, other.scale),
            bias=chosen(self.bias, other.bias),
            presets={**self.presets, **presets},
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; classes by name."""
        data: dict[str, Any] = {
            "schema": SCHEMA,
            "domain": self.domain,
            "scale": _named(self.scale),
            "bias": _named(self.bias),
            "offset_ms": _named(self.offset_ms),
            "arbitration_margin": self.arbitration_margin,
            "presets": {name: levels.to_dict() for name, levels in self.presets.items()},
            "provenance": {
                "date": self.provenance.date,
                "data": self.provenance.data,
                "command": self.provenance.command,
            },
        }
        if self.micro is not None:
            data["micro"] = self.micro.to_dict()
        return data

    @staticmethod
    def from_dict(data: Any) -> "Calibration":
        """The inverse of :meth:`to_dict`. Raises :class:`SettingsError` for anything foreign."""
        return _read_calibration(data, nested=False)


def _read_calibration(data: Any, nested: bool) -> Calibration:
    values = dict(_mapping("the calibration", data))
    schema = values.pop("schema", None)
    if schema != SCHEMA:
        raise SettingsError(
            f"This calibration has format {schema!r}; this version reads {SCHEMA}. "
            "Calibrate the checkpoint again."
        )
    arguments: dict[str, Any] = {}
    for name in ("scale", "bias", "offset_ms"):
        if name in values:
            arguments[name] = _from_named(name, values.pop(name))
    if "arbitration_margin" in values:
        margin = values.pop("arbitration_margin")
        arguments["arbitration_margin"] = _number("arbitration_margin", margin)
    values.pop("rival_share", None)  # was fitted before, always to 0: without effect
    if "domain" in values:
        arguments["domain"] = values.pop("domain")
    presets = _mapping("presets", values.pop("presets", {}))
    arguments["presets"] = {str(name): _read_levels(entry) for name, entry in presets.items()}
    provenance = _mapping("provenance", values.pop("provenance", {}))
    known = {key: str(provenance[key]) for key in ("date", "data", "command") if key in provenance}
    arguments["provenance"] = Provenance(**known)
    if values.get("micro") is not None and not nested:
        arguments["micro"] = _read_calibration(values["micro"], nested=True)
    values.pop("micro", None)
    if values:
        raise SettingsError(f"A calibration has no entry named {min(map(str, values))!r}.")
    return Calibration(**arguments)


def _read_levels(data: Any) -> PresetLevels:
    values = _mapping("a preset's levels", data)
    missing = {"activity_gate", "thresholds"} - set(values)
    if missing:
        raise SettingsError(f"A preset of this calibration lacks its {min(missing)}.")
    frames = values.get("nms_frames")
    if frames is not None and (isinstance(frames, bool) or not isinstance(frames, int)):
        raise SettingsError(f"nms_frames must be a whole number, not {frames!r:.40}.")
    spacing = values.get("min_spacing_ms")
    return PresetLevels(
        _number("activity_gate", values["activity_gate"]),
        _from_named("thresholds", values["thresholds"]),
        frames,
        None if spacing is None else _from_named("min_spacing_ms", spacing),
        None if values.get("presence") is None else _number("presence", values["presence"]),
    )


def _named(values: tuple[float, ...]) -> dict[str, float]:
    return {drum.label: values[drum] for drum in DrumClass}


def _from_named(name: str, data: Any) -> tuple[float, ...]:
    values = _mapping(name, data)
    labels = [drum.label for drum in DrumClass]
    if set(values) != set(labels):
        raise SettingsError(f"{name} must have one value each for {', '.join(labels)}.")
    return tuple(_number(f"{name}.{label}", values[label]) for label in labels)


def _mapping(name: str, data: Any) -> Mapping[Any, Any]:
    if not isinstance(data, Mapping):
        raise SettingsError(f"{name} must be a table of names and values, not {data!r:.40}.")
    return data


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingsError(f"{name} must be a number, not {value!r:.40}.")
    return float(value)


def _eight(name: str, values: Any) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != DRUM_COUNT:
        raise SettingsError(f"{name} needs {DRUM_COUNT} values, one per class, not {len(numbers)}.")
    return numbers


def _check_range(name: str, value: float, minimum: float, maximum: float) -> None:
    if not (math.isfinite(value) and minimum <= value <= maximum):
        raise SettingsError(f"{name} must be from {minimum:g} to {maximum:g}, not {value:g}.")
