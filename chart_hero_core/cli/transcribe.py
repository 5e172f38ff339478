"""``chart-hero transcribe``."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chart_hero_core.base.domains import WANTED_DOMAINS
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.chart.song import Dynamic, PhraseKind, Song
from chart_hero_core.chart.validate import LEADING_SILENCE_S
from chart_hero_core.cli.terminal import TerminalProgress, counted
from chart_hero_core.decode.marks import Mark

if TYPE_CHECKING:
    from chart_hero_core.tasks.transcribe import TranscribeOptions, Transcription

_NAMED = 5  # differences that are spelled out
_FORMATS = {"chart": ("chart",), "mid": ("mid",), "both": ("chart", "mid")}
_MARKS = {mark.value.replace(" ", "-"): mark for mark in Mark}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the main job."""
    parser.add_argument("song", type=Path, help="sound file or song folder")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="song folder to write (default: 'Artist - Title' in the current folder)",
    )
    _add_listening(parser)
    _add_decoding(parser)
    _add_placing(parser)
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="checkpoint to use (default: what 'chart-hero models' marks with *)",
    )
    _add_learning(parser)
    parser.add_argument(
        "--hits",
        type=Path,
        metavar="FILE",
        help="also write every stroke here, as lines of seconds and drum",
    )
    parser.add_argument(
        "--no-chart", action="store_true", help="write no song folder (with --hits or --json)"
    )
    parser.add_argument("--json", action="store_true", help="print a summary as JSON")


def _add_listening(parser: argparse.ArgumentParser) -> None:
    """What is listened to, how closely."""
    parser.add_argument(
        "--preset",
        default="conservative",
        metavar="NAME",
        help="decoding preset: conservative (fewer false hits), aggressive (fewer missed hits) or "
        "one of your own (default: %(default)s)",
    )
    parser.add_argument(
        "--micro",
        choices=("auto", "off", "all"),
        default="auto",
        help="which passages to analyse in steps of 2.9 ms instead of 5.8 ms: fast ones, none or "
        "all (default: %(default)s)",
    )
    parser.add_argument(
        "--domain",
        choices=WANTED_DOMAINS,
        default="auto",
        help="listen to the drum stems or the whole mix (default: %(default)s, the drum stems "
        "where there are any)",
    )


def _add_decoding(parser: argparse.ArgumentParser) -> None:
    """The formats, the tempo map, and the knobs."""
    parser.add_argument(
        "--format",
        choices=sorted(_FORMATS),
        default="chart",
        help="notes.chart, notes.mid or both (default: %(default)s)",
    )
    parser.add_argument(
        "--tempo-from",
        type=Path,
        metavar="CHART",
        help="use the tempo map of this chart, and copy its sections and other instruments",
    )
    parser.add_argument(
        "--set",
        dest="assignments",
        action="append",
        default=[],
        metavar="KNOB=VALUE",
        help="change one decoding knob, e.g. thresholds.kick=0.4 or micro.nms_frames=17",
    )
    parser.add_argument(
        "--thresholds",
        type=Path,
        metavar="FILE",
        help="decode with the levels in this file, written by 'chart-hero calibrate "
        "--thresholds', instead of the model's own",
    )


def _add_placing(parser: argparse.ArgumentParser) -> None:
    """Where notes are put, and how they are marked."""
    parser.add_argument(
        "--lead-in",
        action="store_true",
        help="put whole bars of silence (at least 2 s) before the song, to give players time to "
        "get ready",
    )
    parser.add_argument(
        "--no-snap", action="store_true", help="do not quantise: leave notes where they were heard"
    )
    parser.add_argument(
        "--marks",
        type=_marks,
        default=(),
        metavar="KIND[,KIND]",
        help=f"also add markings that notes probably have: {', '.join(_MARKS)} or all",
    )


def _add_learning(parser: argparse.ArgumentParser) -> None:
    learning = parser.add_argument_group(
        "learn this kit",
        "a chart of this song that is correct in some passages adapts the model to its drum kit; "
        "notes in these passages are kept, all others are transcribed again",
    )
    learning.add_argument(
        "--learn-from", type=Path, metavar="CHART", help="the corrected chart or song folder"
    )
    learning.add_argument(
        "--learn-span",
        type=_span,
        action="append",
        default=[],
        metavar="FROM:TO",
        help="where it is correct, in seconds, e.g. 0:40; may be given several times",
    )


def _span(text: str) -> tuple[float, float]:
    """``FROM:TO`` in seconds."""
    start, _, end = text.partition(":")
    try:
        span = float(start), float(end)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not FROM:TO in seconds") from None
    if not 0 <= span[0] < span[1] < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} does not end after its start")
    return span


def _marks(text: str) -> tuple[Mark, ...]:
    """Kinds of marks, with commas between them."""
    names = list(_MARKS) if text == "all" else text.split(",")
    unknown = [name for name in names if name not in _MARKS]
    if unknown:
        known = ", ".join(_MARKS)
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no kind of mark ({known} or all)")
    return tuple(_MARKS[name] for name in names)


def run(args: argparse.Namespace) -> int:
    """Transcribe, write, and say what was written."""
    from chart_hero_core.tasks.export import write_hits

    _refuse_contradictions(args)
    options = _options(args)
    _refuse_unwritable(args, options)
    summary: dict[str, Any] = {}
    with TerminalProgress(quiet=args.json) as progress:
        result = _transcribed(args, options, SubProgress(progress, 0.0, 0.9))
        if args.hits is not None:
            write_hits(result.hits, args.hits)
        if not args.no_chart:
            summary = _written(args, result, SubProgress(progress, 0.9, 1.0))
    summary = {**_describe(result), **summary}
    if not args.no_chart and not args.lead_in:
        summary["warnings"] += early_note(result.song)
    print(json.dumps(summary, indent=2) if args.json else _sentences(summary))
    return 0


def _refuse_contradictions(args: argparse.Namespace) -> None:
    """Say now what would go wrong after the listening. Raises :class:`ChartHeroError`."""
    from chart_hero_core.audio.io import song_audio
    from chart_hero_core.base.errors import DatasetError, SettingsError
    from chart_hero_core.base.files import refuse_unwritable, refuse_unwritable_file
    from chart_hero_core.tasks.export import game_stems, refuse_own_sound

    if args.no_chart and (args.lead_in or args.output is not None):
        raise SettingsError(
            "--lead-in and --output need the song folder that --no-chart leaves out."
        )
    if not args.no_chart:
        refuse_unwritable(args.output or Path())
    if args.hits is not None:
        refuse_unwritable_file(args.hits)
    if args.lead_in and args.output is not None:
        refuse_own_sound(game_stems(song_audio(args.song)), args.output)
    if bool(args.learn_from) != bool(args.learn_span):
        raise DatasetError("Learning needs both --learn-from CHART and --learn-span FROM:TO.")


def _options(args: argparse.Namespace) -> "TranscribeOptions":
    from chart_hero_core.tasks.levels import read_levels
    from chart_hero_core.tasks.transcribe import AnalyseOptions, TranscribeOptions, chart_in_time

    return TranscribeOptions(
        analyse=AnalyseOptions(domain=args.domain, micro=args.micro, checkpoint=args.model),
        preset=args.preset,
        assignments=tuple(args.assignments),
        chart=chart_in_time(args.tempo_from) if args.tempo_from else None,
        snap=not args.no_snap,
        levels=read_levels(args.thresholds) if args.thresholds else {},
    )


def _refuse_unwritable(args: argparse.Namespace, options: "TranscribeOptions") -> None:
    """Say now of a chart that is taken along what its formats cannot hold."""
    from chart_hero_core.tasks.transcribe import chart_of, refuse_unwritable_chart

    chart = chart_of(args.learn_from) if args.learn_from else options.chart
    if chart is not None and not args.no_chart:
        refuse_unwritable_chart(chart, _FORMATS[args.format])


def _transcribed(
    args: argparse.Namespace, options: "TranscribeOptions", progress: Progress
) -> "Transcription":
    from chart_hero_core.tasks.adapt import LearnOptions, transcribe_learning
    from chart_hero_core.tasks.marks import with_likely_marks
    from chart_hero_core.tasks.transcribe import transcribe

    if args.learn_from is None:
        result = transcribe(args.song, options, progress)
    else:
        learn = LearnOptions(args.learn_from, tuple(args.learn_span))
        result = transcribe_learning(args.song, options, learn, progress)
    song = with_likely_marks(result.song, result.analysis.activations, args.marks)
    return replace(result, song=song)


def _written(
    args: argparse.Namespace, result: "Transcription", progress: Progress
) -> dict[str, Any]:
    """Write the song folder; what is told of it."""
    from chart_hero_core.formats.song_ini import default_folder_name
    from chart_hero_core.tasks.export import export_song_folder

    folder = args.output or Path(default_folder_name(result.song.metadata))
    written, proof = export_song_folder(
        result.song,
        result.source,
        folder,
        _FORMATS[args.format],
        progress,
        lead_in=args.lead_in,
        by_hand=bool(args.tempo_from or args.learn_from),
    )
    return {
        "folder": str(folder),
        "files": [path.name for path in written],
        "proof": proof.summary,
        "differences": list(proof.differences),
        "left_out": list(proof.left_out),
    }


def _describe(result: "Transcription") -> dict[str, Any]:
    counts = {drum.label: 0 for drum in DrumClass}
    for hit in result.hits:
        counts[hit.drum.label] += 1
    tempos = result.song.tempo_map.tempos
    return {
        "song": result.source.title,
        "duration_s": round(result.analysis.clip.duration_s, 3),
        "listened_to": result.analysis.domain,
        "warnings": list(result.analysis.clip.warnings),
        "hits": counts,
        "notes": len(result.song.expert.notes),
        "marks": _marks_of(result.song),
        "bpm": round(tempos[0].bpm if len(tempos) == 1 else _median_bpm(result), 2),
        "tempo_markers": len(tempos),
        "tempo_candidates": [c.label for c in result.tempo_candidates[:5]],
        "micro_passages_s": [[round(a, 3), round(b, 3)] for a, b in result.analysis.micro_s],
    }


def _marks_of(song: Song) -> dict[str, int]:
    """How many notes are marked, or lie under lanes, by kind."""
    notes, phrases = song.expert.notes, song.expert.phrases
    return {
        "ghosts": sum(note.dynamic is Dynamic.GHOST for note in notes),
        "accents": sum(note.dynamic is Dynamic.ACCENT for note in notes),
        "flams": sum(note.flam for note in notes),
        "double-kicks": sum(note.double_kick for note in notes),
        "rolls": sum(one.kind in (PhraseKind.ROLL, PhraseKind.DOUBLE_ROLL) for one in phrases),
    }


def _median_bpm(result: "Transcription") -> float:
    """The tempo at the middle note: robust against lead-ins and ritardandos."""
    notes = result.song.expert.notes
    tick = notes[len(notes) // 2].tick if notes else 0
    return result.song.tempo_map.tempo_at(tick).bpm


def early_note(song: Song) -> list[str]:
    """A sentence where players have too little time before the first note."""
    notes = song.expert.notes
    first_s = max(song.tempo_map.seconds(notes[0].tick), 0.0) if notes else LEADING_SILENCE_S
    if first_s >= LEADING_SILENCE_S:
        return []
    return [f"The first note comes after {first_s:.2f} s; --lead-in puts silence before the song."]


def named_differences(differences: Sequence[str]) -> list[str]:
    """The first of what differs, and how many more; a .chart cannot say everything a .mid can."""
    lines = [f"  {one}" for one in differences[:_NAMED]]
    if len(differences) > _NAMED:
        lines.append(f"  and {len(differences) - _NAMED:,} more (--json names all)")
    if any("flam on became off" in one for one in differences):
        lines.append("  A .chart cannot hold flams; --format mid keeps them.")
    if any("flam off became on" in one for one in differences):
        lines.append("  In a .mid a flam is one of all drums of its chord, but for the kick.")
    return lines


def _sentences(summary: dict[str, Any]) -> str:
    total = sum(summary["hits"].values())
    parts = ", ".join(f"{count} {name}" for name, count in summary["hits"].items() if count)
    markers = counted(summary["tempo_markers"], "marker")
    lines = [
        f"{summary['song']}: {counted(total, 'hit')} in {summary['duration_s']:.1f} s "
        f"(from the {summary['listened_to']}): {parts or 'no drums heard'}.",
        f"Tempo about {summary['bpm']} BPM, {markers}; {counted(summary['notes'], 'note')}.",
    ]
    if not total:
        lines.append(
            "No drums are in it, or too quiet ones: is it the backing of a song whose drums are a "
            "file of their own? --preset aggressive hears more."
        )
    marked = ", ".join(f"{name} {count}" for name, count in summary["marks"].items() if count)
    if marked:
        lines.append(f"Marked: {marked}.")
    lines += summary["warnings"]
    if "folder" in summary:
        lines.append(f"Wrote {summary['folder']}: {', '.join(summary['files'])}.")
        lines.append(summary["proof"])
        lines += named_differences(summary["differences"])
        lines += [f"  {sentence}" for sentence in summary["left_out"]]
    return "\n".join(lines)
