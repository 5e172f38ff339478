"""A second opinion on chart files from an independent parser (scan-chart, run by node).

The parser is not part of the project: its driver lies in the shared material and is installed
once into a folder for temporary files.
"""

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Dynamic, Note, Phrase, PhraseKind, Song, Track

INI = (
    "[song]\nname = Name\nartist = Artist\nalbum = Album\ngenre = Genre\nyear = 2020\n"
    "charter = Charter\npro_drums = True\ndiff_drums = 4\nsong_length = 86400000\n"
)
_LANES = {lane.name.lower(): lane for lane in Lane}
_MS_TOLERANCE = 0.01  # the report is rounded to 0.001 ms
_BPM_TOLERANCE = 2e-6  # and to a millionth of a BPM

Report = dict[str, Any]


class ScanChart:
    """The installed parser."""

    def __init__(self, folder: Path) -> None:
        self._script = folder / "check.mjs"

    def check(self, paths: Iterable[Path], ini: Path) -> list[Report]:
        """Reports on chart files, read as if ``ini`` lay beside each."""
        lines = "".join(f"{path}\t{ini}\n" for path in paths)
        command = ["node", str(self._script), "--batch"]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def install(shared: Path) -> ScanChart:
    """The parser, installed at the first use; skips the test where that cannot be."""
    source = shared / "tools" / "scan_chart"
    if shutil.which("node") is None or shutil.which("npm") is None or not source.is_dir():
        pytest.skip("needs node, npm and the shared chart checker")
    folder = Path(tempfile.gettempdir()) / "chart-hero-scan-chart"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.rglob("*")):
            target = folder / path.relative_to(source)
            if path.is_dir():
                target.mkdir(exist_ok=True)
            else:
                target.write_bytes(path.read_bytes())
        done = subprocess.run(
            ["npm", "ci"], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr[-200:]}")
        (folder / "installed").touch()
    return ScanChart(folder)


def issue_counts(report: Report) -> Counter[tuple[str, str, str]]:
    """How often the parser found fault with the chart, by instrument, difficulty and kind."""
    return Counter(
        (str(issue["instrument"]), str(issue["difficulty"]), issue["noteIssue"])
        for issue in report["issues"]["chart"]
    )


def differences(song: Song, report: Report) -> list[str]:
    """Where the parser's report on a file differs from our reading of the same file."""
    if not report["parsed"]:
        return [f"not parsed: {report['error']}"]
    found = _tempo_differences(song, report)
    sections = [(s["tick"], s["name"].rstrip("]")) for s in report["sections"]]
    ours = [(s.tick, s.name.rstrip("]")) for s in song.sections]
    found += _unequal("sections", ours, sections)
    ends = [event["tick"] for event in report["endEvents"][:1]]
    found += _unequal("end", [] if song.end_tick is None else [song.end_tick], ends)
    charted = {d: track for d, track in song.tracks.items() if track.notes}
    found += _unequal("difficulties", {d.name.lower() for d in charted}, set(report["drums"]))
    if not found:
        for difficulty, track in charted.items():
            drums = report["drums"][difficulty.name.lower()]
            found += _track_differences(song, difficulty, track, drums, report["raw"]["format"])
    return found


def _tempo_differences(song: Song, report: Report) -> list[str]:
    tempo_map = song.tempo_map
    found = _unequal("resolution", tempo_map.resolution, report["resolution"])
    signatures = [(s["tick"], s["numerator"], s["denominator"]) for s in report["timeSignatures"]]
    ours = [(s.tick, s.numerator, s.denominator) for s in tempo_map.signatures]
    found += _unequal("time signatures", ours, signatures)
    ticks = [tempo["tick"] for tempo in report["tempos"]]
    found += _unequal("tempo ticks", [tempo.tick for tempo in tempo_map.tempos], ticks)
    if not found:
        for ours_, theirs in zip(tempo_map.tempos, report["tempos"], strict=True):
            if abs(ours_.bpm - theirs["bpm"]) > _BPM_TOLERANCE:
                found.append(f"tempo at {ours_.tick}: {ours_.bpm} and {theirs['bpm']}")
            if abs(tempo_map.seconds(ours_.tick) * 1000 - theirs["ms"]) > _MS_TOLERANCE:
                found.append(f"time of the tempo at {ours_.tick}")
    return found


def _track_differences(
    song: Song, difficulty: Difficulty, track: Track, drums: Report, file_format: str
) -> list[str]:
    place = difficulty.title
    theirs = sorted(_note(note) for note in drums["notes"])
    ours = sorted(_row(note, file_format) for note in track.notes)
    found = _unequal(f"{place} notes", ours, theirs)
    for note in drums["notes"]:
        if abs(song.tempo_map.seconds(note["tick"]) * 1000 - note["ms"]) > _MS_TOLERANCE:
            found.append(f"{place}: time of the note at {note['tick']}")
    for kind, key, chosen in (
        (PhraseKind.STAR_POWER, "starPower", None),
        (PhraseKind.SOLO, "solos", None),
        (PhraseKind.ACTIVATION, "activations", None),
        (PhraseKind.ROLL, "rolls", False),
        (PhraseKind.DOUBLE_ROLL, "rolls", True),
    ):
        extra = 1 if kind is PhraseKind.ACTIVATION else 0
        phrases = [
            Phrase(kind, p["tick"], p["length"] + extra)
            for p in drums[key]
            if chosen is None or p["double"] is chosen
        ]
        mine = [phrase for phrase in track.phrases if phrase.kind is kind]
        found += _unequal(f"{place} {kind.value}", mine, phrases)
    return found


Row = tuple[int, int, bool, bool, str, bool]


def _note(note: Report) -> Row:
    """A note of a report: what is played, so a disco flip is undone."""
    lane, cymbal = _LANES[note["lane"]], note["kind"] == "cymbal"
    if note.get("disco"):
        lane, cymbal = (Lane.YELLOW, True) if lane is Lane.RED else (Lane.RED, False)
    flam = note.get("flam", False) and lane is not Lane.KICK
    return (note["tick"], int(lane), cymbal, note["doubleKick"], note["dynamic"], flam)


def _row(note: Note, file_format: str) -> Row:
    """A note of ours; the parser knows no kick dynamics in a .chart."""
    dynamic = note.dynamic
    if file_format == "chart" and note.lane is Lane.KICK:
        dynamic = Dynamic.NORMAL
    flam = note.flam and note.lane is not Lane.KICK  # the parser gives it to whole chords
    flags = (note.cymbal, note.double_kick, dynamic.value, flam)
    return (note.tick, int(note.lane), *flags)


def _unequal(what: str, ours: object, theirs: object) -> list[str]:
    if ours == theirs:
        return []
    if isinstance(ours, Sequence) and isinstance(theirs, Sequence):
        only = [item for item in ours if item not in theirs][:3]
        other = [item for item in theirs if item not in ours][:3]
        return [f"{what}: {len(ours)} and {len(theirs)}; only ours {only}, only theirs {other}"]
    return [f"{what}: ours {ours!r}, theirs {theirs!r}"]
