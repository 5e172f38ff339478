"""What a knob is: the bounds, texts and checks of one tunable of the decoder."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import SettingsError

Kind = Literal["float", "int", "bool"]
Value: TypeAlias = "float | int | bool | tuple[float, ...]"
# What a person or a file may give for a value: also text, and for all classes lists and tables.
GivenValue: TypeAlias = "float | int | bool | str | Sequence[float] | Mapping[str, float]"


@dataclass(frozen=True, slots=True)
class Knob:
    """One tunable: everything a slider, an option or an error message has to know.

    ``default`` and ``micro_default`` are eight-tuples for a knob with one value per class;
    ``minimum``, ``maximum`` and ``step`` then hold for each of them.
    """

    name: str
    title: str
    help: str
    group: str
    kind: Kind
    default: Value
    micro_default: Value
    minimum: float = 0.0
    maximum: float = 1.0
    step: float = 1.0
    unit: str = ""
    per_class: bool = False

    def paths(self) -> tuple[str, ...]:
        """The names of its single values: ``thresholds.kick`` …, or just its own."""
        if not self.per_class:
            return (self.name,)
        return tuple(f"{self.name}.{drum.label}" for drum in DrumClass)

    @property
    def bounds(self) -> str:
        """Its bounds in words, e.g. ``from 0 to 1`` or ``3, 5, 7 … 41``."""
        if self.kind == "bool":
            return "on or off"
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "int":
            first = ", ".join(f"{self.minimum + self.step * i:g}" for i in range(3))
            return f"{first} … {self.maximum:g}{unit}"
        return f"from {self.minimum:g} to {self.maximum:g}{unit}"

    def check(self, value: Any, path: str | None = None) -> float | int | bool:
        """One value, converted (text is understood) and within bounds.

        Raises:
            SettingsError: naming the knob (as ``path``) and its bounds.
        """
        complaint = SettingsError(f"{path or self.name} must be {self.bounds}, not {shown(value)}.")
        if self.kind == "bool":
            if isinstance(value, bool):
                return value
            word = value.strip().lower() if isinstance(value, str) else None
            if word not in _WORDS:
                raise complaint
            return _WORDS[word]
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise complaint
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise complaint from None
        if not (math.isfinite(number) and self.minimum <= number <= self.maximum):
            raise complaint
        if self.kind == "float":
            return number
        if (number - self.minimum) % self.step != 0:
            raise complaint
        return int(number)

    def check_all(self, value: Any, path: str | None = None) -> Value:
        """The whole value: for a per-class knob eight numbers, or one for all classes.

        Raises:
            SettingsError: as :meth:`check`, and for another number of values than of classes.
        """
        path = path or self.name
        if not self.per_class:
            return self.check(value, path)
        if isinstance(value, Sequence) and not isinstance(value, str):
            values = list(value)
            if len(values) != DRUM_COUNT:
                raise SettingsError(
                    f"{path} needs {DRUM_COUNT} values, one per class, not {len(values)}."
                )
        else:
            values = [value] * DRUM_COUNT
        return tuple(
            float(self.check(one, f"{path}.{drum.label}"))
            for one, drum in zip(values, DrumClass, strict=True)
        )


_WORDS = {
    **dict.fromkeys(("on", "true", "yes", "1"), True),
    **dict.fromkeys(("off", "false", "no", "0"), False),
}


def shown(value: Any) -> str:
    """A foreign value as it appears in an error message."""
    text = value if isinstance(value, str) else repr(value)
    return f"{text[:40]}…" if len(text) > 40 else text or "nothing"
