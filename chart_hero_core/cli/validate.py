"""``chart-hero validate``: what games and scanners would complain about."""

import argparse
import json
from collections import Counter
from pathlib import Path

from chart_hero_core.audio.io import NOT_MUSIC
from chart_hero_core.base.clock import clock
from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import Song
from chart_hero_core.chart.validate import Problem, Severity, validate
from chart_hero_core.cli.terminal import counted
from chart_hero_core.formats.audio_files import audio_length_s
from chart_hero_core.formats.chart_files import CHART_NAMES
from chart_hero_core.formats.proof import compare_songs
from chart_hero_core.formats.song_folder import LoadedSong, load_song

_SHOWN_PER_RULE = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("path", type=Path, help="song folder, .chart, .mid or .sng")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.epilog = "The exit code is 1 when there are problems of severity error, else 0."


def run(args: argparse.Namespace) -> int:
    """Validate and print; 1 with errors."""
    loaded = load_song(args.path)
    music = [path for stem, path in loaded.audio.items() if stem not in NOT_MUSIC]
    problems = [
        *_folder_problems(loaded, music),
        *validate(loaded.song, song_length_s=audio_length_s(music)),
    ]
    if args.json:
        print(json.dumps(_as_json(loaded, problems), indent=2, ensure_ascii=False))
    else:
        _print(loaded, problems)
    return int(any(problem.severity is Severity.ERROR for problem in problems))


def _folder_problems(loaded: LoadedSong, music: list[Path]) -> list[Problem]:
    """What is wrong with the folder round the chart."""
    chart = loaded.chart_path
    if chart is None or chart.name.lower() not in CHART_NAMES.values():
        return []
    found: list[Problem] = []
    if not music:
        found.append(Problem(Severity.WARNING, "There are no sound files.", rule="no-audio"))
    if not any(file.name.lower() == "song.ini" for file in loaded.folder.iterdir()):
        found.append(Problem(Severity.WARNING, "There is no song.ini.", rule="no-song-ini"))
    for name in CHART_NAMES.values():
        if name != chart.name and (loaded.folder / name).is_file():
            found += _other_chart(loaded, chart.name, loaded.folder / name)
    return found


def _other_chart(loaded: LoadedSong, name: str, other: Path) -> list[Problem]:
    """What is wrong with a second chart in the folder: games choose between them by themselves."""
    try:
        count = len(compare_songs(loaded.song, load_song(other).song))
    except FormatError as error:
        message = f"{other.name} cannot be read, though games may choose it: {error}"
        return [Problem(Severity.WARNING, message, rule="two-charts")]
    if not count:
        return []
    message = f"{other.name} differs from {name} in {counted(count, 'place')}; games read one."
    return [Problem(Severity.WARNING, message, rule="two-charts")]


def _as_json(loaded: LoadedSong, problems: list[Problem]) -> dict[str, object]:
    tempo_map = loaded.song.tempo_map
    return {
        "chart": None if loaded.chart_path is None else str(loaded.chart_path),
        "mended": list(loaded.mended),
        "problems": [
            {
                "severity": problem.severity.value,
                "rule": problem.rule,
                "message": problem.message,
                "tick": problem.tick,
                "time_s": None
                if problem.tick is None
                else round(tempo_map.seconds(problem.tick), 6),
                "difficulty": None if problem.difficulty is None else problem.difficulty.title,
            }
            for problem in problems
        ],
    }


def _print(loaded: LoadedSong, problems: list[Problem]) -> None:
    for sentence in loaded.mended:
        print(f"mended   {sentence}")
    seen: Counter[tuple[str, object]] = Counter()
    for problem in problems:
        kind = (problem.rule, problem.difficulty)
        seen[kind] += 1
        if seen[kind] <= _SHOWN_PER_RULE:
            place = _place(loaded.song, problem)
            print(f"{problem.severity.value:8} {place}{problem.message}")
    for (rule, _), count in seen.items():
        if count > _SHOWN_PER_RULE:
            print(f"         {count - _SHOWN_PER_RULE} more of {rule} (all of them with --json)")
    counts = Counter(problem.severity for problem in problems)
    print(", ".join(counted(counts[severity], severity.value) for severity in Severity))


def _place(song: Song, problem: Problem) -> str:
    """``Expert 1:02.345 bar 31: `` or nothing."""
    parts: list[str] = []
    if problem.difficulty is not None:
        parts.append(problem.difficulty.title)
    if problem.tick is not None:
        parts.append(clock(song.tempo_map.seconds(problem.tick)))
        parts.append(f"bar {song.tempo_map.bar_beat(problem.tick)[0] + 1}")
    return f"{' '.join(parts)}: " if parts else ""
