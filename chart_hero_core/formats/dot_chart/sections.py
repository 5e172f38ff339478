"""The first half of reading a .chart: text -> sections of lines, in ascending ticks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import ForeignItem
from chart_hero_core.formats.dot_chart.codes import KNOWN, is_safe_line, is_safe_name
from chart_hero_core.formats.limits import MAX_EVENTS, MAX_TICK
from chart_hero_core.formats.result import Repairs

_HEADER = re.compile(r"\[([^\[\]]*)\]\s*(\{?)")
_TIMED = re.compile(r"(-?)(\d{1,4000})\s*=\s*([A-Za-z]\w*)(?:\s+(.*))?")
_CANONICAL = {name.lower(): name for name in KNOWN}


class Line(NamedTuple):
    """``tick = code values``."""

    tick: int
    code: str
    values: str

    @property
    def data(self) -> str:
        """What stands to the right of the equals sign."""
        return f"{self.code} {self.values}".rstrip()


@dataclass(slots=True)
class ChartSection:
    """A section: lines with a tick in ascending order, and the others as they are."""

    name: str
    lines: list[Line] = field(default_factory=list)
    untimed: list[str] = field(default_factory=list)

    def foreign_items(self) -> list[ForeignItem]:
        """The whole section, kept for the next save; an item without data keeps its name."""
        items = [ForeignItem(self.name, None, line) for line in self.untimed]
        items += [ForeignItem(self.name, line.tick, line.data) for line in self.lines]
        return items or [ForeignItem(self.name, None, "")]


def read_sections(text: str, repairs: Repairs) -> dict[str, ChartSection]:
    """The sections of a .chart by name, in file order; those that occur twice are joined.

    Raises:
        FormatError: there are no sections of a .chart, or more lines than in any chart.
    """
    found: dict[str, ChartSection] = {}
    for count, (name, line) in enumerate(_lines(text, repairs)):
        if count > MAX_EVENTS:
            raise FormatError("This file has over a million lines; it is not a chart.")
        section = found.get(name)
        if section is None:
            section = found[name] = ChartSection(name)
        if line:
            _add_line(section, line, repairs)
    if not any(name in KNOWN for name in found):
        raise FormatError("This is not a .chart file: it has none of the sections of one.")
    for section in found.values():
        _sort(section, repairs)
    return found


def _lines(text: str, repairs: Repairs) -> Iterator[tuple[str, str]]:
    """Section name and line of all that stands in sections; an empty line where one begins."""
    name: str | None = None
    is_open = False
    seen: set[str] = set()
    for match in re.finditer(r"[^\r\n]+", text):
        line = match[0].replace("\0", " ").strip()
        header = _HEADER.fullmatch(line)
        if header is not None:
            if is_open:
                repairs.add(f"[{name}] was not closed.")
            name = _section_name(header[1], seen, repairs)
            is_open = bool(header[2])
            yield name, ""
        elif line == "{" and name is not None:
            is_open = True
        elif line == "}":
            is_open, name = False, None
        elif line and is_open and name is not None:
            yield name, line
        elif line:
            repairs.add("Text outside of the sections was left out.")
    if is_open:
        repairs.add(f"[{name}] was not closed.")


def _section_name(text: str, seen: set[str], repairs: Repairs) -> str:
    written = text.strip()
    name = _CANONICAL.get(written.lower(), written)
    if name != written:
        repairs.add(f"[{written}] was read as [{name}].")
    if not is_safe_name(name):
        repairs.add("A section without a usable name was renamed.")
        name = re.sub(r"[\[\]{}=]", "_", name) or "Unnamed"
    if name in seen:
        repairs.add(f"[{name}] occurred more than once; its parts were joined.")
    seen.add(name)
    return name


def _add_line(section: ChartSection, line: str, repairs: Repairs) -> None:
    timed = _TIMED.fullmatch(line) if section.name != "Song" else None
    if timed is None:
        if is_safe_line(line):
            section.untimed.append(line)
        else:
            repairs.add(f"A line of [{section.name}] that says nothing was left out.")
        return
    digits = timed[2].lstrip("0") or "0"
    tick = int(digits) if len(digits) <= 10 else MAX_TICK + 1
    if tick > MAX_TICK or (timed[1] and tick):
        repairs.add(f"A line of [{section.name}] at an impossible tick was left out.")
        return
    section.lines.append(Line(tick, timed[3], timed[4] or ""))


def _sort(section: ChartSection, repairs: Repairs) -> None:
    late = 0
    last = 0
    for line in section.lines:
        late += line.tick < last
        last = max(last, line.tick)
    if late:
        repairs.add(f"Lines of [{section.name}] that went back in time were sorted.", late)
        section.lines.sort(key=lambda line: line.tick)
