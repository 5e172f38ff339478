"""Texts of the whole song, the same in both formats: sections, the end, everything else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from chart_hero_core.chart.song import Section, TextEvent

_SECTION = re.compile(r"(section|prc)[ _]\s*(\S.*)", re.IGNORECASE | re.DOTALL)
_PRACTICE = "prc"
END = "end"
DYNAMICS_TEXT = "ENABLE_CHART_DYNAMICS"  # without it games ignore the dynamics of a .mid


@dataclass(slots=True)
class SongTexts:
    """What a reader finds among the texts of a song."""

    sections: list[Section] = field(default_factory=list)
    events: list[TextEvent] = field(default_factory=list)
    end_tick: int | None = None

    def take(self, tick: int, text: str) -> None:
        """File ``text`` (without brackets) under what it is; a second end is a mere event."""
        section = _SECTION.fullmatch(text)
        if section is not None:
            practice = section[1].lower() == _PRACTICE
            self.sections.append(Section(tick, section[2].strip(), practice))
        elif text.lower() == END and self.end_tick is None:
            self.end_tick = tick
        else:
            self.events.append(TextEvent(tick, text))


def is_structure(text: str) -> bool:
    """Whether ``text`` (without brackets) is a section or the end."""
    return text.lower() == END or _SECTION.fullmatch(text) is not None


def without_brackets(text: str) -> str | None:
    """What stands between the outer brackets of ``text``; None without such brackets."""
    if len(text) > 2 and text[0] == "[" and text[-1] == "]":
        return text[1:-1].strip() or None
    return None


def texts_to_write(
    sections: Iterable[Section], events: Iterable[TextEvent], end_tick: int | None
) -> list[tuple[int, str]]:
    """All texts of a song by tick, the end before other events so that it stays the end."""
    found = [
        (each.tick, f"{_PRACTICE}_{each.name}" if each.practice else f"section {each.name}")
        for each in sections
    ]
    if end_tick is not None:
        found.append((end_tick, END))
    found += [(event.tick, event.text) for event in events]
    return sorted(found, key=lambda item: item[0])
