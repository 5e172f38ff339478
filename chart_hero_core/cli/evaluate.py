"""``chart-hero evaluate``."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chart_hero_core.base.domains import DOMAINS
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.base.files import refuse_unwritable
from chart_hero_core.base.progress import SubProgress
from chart_hero_core.cli.terminal import TerminalProgress

if TYPE_CHECKING:
    from chart_hero_core.evaluation.report.folder import SavedReport
    from chart_hero_core.evaluation.results import Evaluation
    from chart_hero_core.tasks.evaluate import EvaluateOptions

_NOT_ACCEPTED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the evaluator."""
    parser.epilog = (
        "REF and EST are TSV files (seconds<TAB>class[<TAB>confidence]), charts, song folders, or "
        "folders of these. EST may also be a checkpoint, which then transcribes the audio of REF; "
        "without EST the model in use does."
    )
    parser.add_argument("reference", type=Path, nargs="?", metavar="REF", help="the truth")
    parser.add_argument("estimate", type=Path, nargs="?", metavar="EST", help="what to score")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="write tables, JSON and an HTML page here"
    )
    parser.add_argument(
        "--compare",
        type=Path,
        nargs=2,
        metavar=("A", "B"),
        help="show what changed from A to B: two earlier reports or, with REF, two estimates",
    )
    parser.add_argument(
        "--acceptance",
        action="store_true",
        help="print the acceptance criteria and whether they are met; exit 1 unless all are",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--all", action="store_true", help="with --compare, print every figure")
    _add_scoring(parser)
    _add_choice(parser)


def _add_scoring(parser: argparse.ArgumentParser) -> None:
    """How strokes are matched and counted."""
    group = parser.add_argument_group("scoring")
    _add_windows(group)
    group.add_argument(
        "--classes",
        type=int,
        choices=(8, 5),
        default=8,
        help="classes of the first table (default: %(default)s)",
    )
    group.add_argument(
        "--merge",
        type=float,
        default=0.0,
        metavar="MS",
        help="with 5 classes, merge hits of one class this close (0: equal times only)",
    )
    group.add_argument("--offsets", type=Path, metavar="FILE", help="timing corrections to apply")


def _add_windows(group: argparse._ArgumentGroup) -> None:
    """The matching windows of the tables."""
    group.add_argument(
        "--tolerances",
        type=float,
        nargs="+",
        default=(20.0, 25.0, 30.0, 50.0),
        metavar="MS",
        help="matching windows of the score tables (default: 20 25 30 50)",
    )
    group.add_argument(
        "--table",
        type=float,
        default=50.0,
        metavar="MS",
        help="matching window of the first table (default: 50)",
    )
    group.add_argument(
        "--detail",
        type=float,
        default=25.0,
        metavar="MS",
        help="matching window of everything else (default: 25)",
    )


def _add_choice(parser: argparse.ArgumentParser) -> None:
    """Which songs are scored, and how a model hears them."""
    group = parser.add_argument_group("songs")
    group.add_argument(
        "--suffix",
        choices=DOMAINS,
        help="score NAME.SUFFIX.tsv where it exists; transcribe NAME.SUFFIX or that domain",
    )
    group.add_argument("--songs", metavar="A,B", help="only these songs")
    group.add_argument(
        "--skip-missing", action="store_true", help="leave out songs without an estimate"
    )
    group.add_argument(
        "--preset",
        default="conservative",
        metavar="NAME",
        help="a checkpoint's decoding preset (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Score, compare or accept; print and write what was found."""
    from chart_hero_core.evaluation.acceptance import acceptance, accepted
    from chart_hero_core.evaluation.report.folder import about, all_tables, to_json, write_report
    from chart_hero_core.evaluation.report.text import render_acceptance, render_text

    if args.output is not None:
        refuse_unwritable(args.output)  # a model may listen for an hour before anything is written
    if args.compare is not None:
        return _compare(args)
    if args.reference is None:
        raise EvaluationError("Nothing to score: name a folder of references, and of estimates.")
    evaluation = _evaluate(args, args.estimate)
    about_run = about(str(args.reference), _name(args.estimate))
    for warning in evaluation.warnings:
        print(f"chart-hero: {warning}", file=sys.stderr)
    if args.output is not None:
        write_report(args.output, evaluation, about_run)
    if args.json:
        print(json.dumps(to_json(evaluation, about_run, all_tables(evaluation)), allow_nan=False))
    elif not args.acceptance:
        print(render_text(evaluation, f"{about_run.estimate} vs {about_run.reference}"), end="")
        if args.output is not None:
            print(f"\nWrote {args.output / 'report.html'} and its tables.")
    if not args.acceptance:
        return 0
    criteria = acceptance(evaluation)
    if not args.json:
        print(render_acceptance(criteria, evaluation.options.detail_ms), end="")
    return 0 if accepted(criteria) else _NOT_ACCEPTED


def _compare(args: argparse.Namespace) -> int:
    from chart_hero_core.base.files import write_text
    from chart_hero_core.evaluation.report.compare import compare
    from chart_hero_core.evaluation.report.folder import read_report
    from chart_hero_core.evaluation.report.text import render_comparison

    if args.estimate is not None:
        raise EvaluationError("With --compare A B the estimates are A and B; leave out EST.")
    if args.acceptance:
        raise EvaluationError("--acceptance judges one estimate; leave out --compare.")
    if args.reference is None:
        a, b = (read_report(path) for path in args.compare)
    else:
        a, b = (_scored(args, path) for path in args.compare)
    comparison = compare(a, b)
    if args.output is not None:
        write_text(args.output / "comparison.csv", comparison.table().to_csv())
    if args.json:
        print(json.dumps(comparison.table().records(), allow_nan=False))
    else:
        print(render_comparison(comparison, args.all), end="")
    return 0


def _scored(args: argparse.Namespace, estimate: Path) -> "SavedReport":
    from chart_hero_core.evaluation.report.folder import about, all_tables, saved_from, to_json

    evaluation = _evaluate(args, estimate)
    about_run = about(str(args.reference), _name(estimate))
    return saved_from(to_json(evaluation, about_run, all_tables(evaluation)))


def _evaluate(args: argparse.Namespace, estimate: Path | None) -> "Evaluation":
    from chart_hero_core.tasks.evaluate import evaluate

    with TerminalProgress(quiet=args.json) as progress:
        return evaluate(args.reference, estimate, _options(args), SubProgress(progress, 0.0, 1.0))


def _options(args: argparse.Namespace) -> "EvaluateOptions":
    from chart_hero_core.evaluation.results import Options
    from chart_hero_core.tasks.evaluate import EvaluateOptions, read_corrections
    from chart_hero_core.tasks.transcribe import TranscribeOptions

    scoring = Options(
        tolerances_ms=tuple(args.tolerances),
        table_ms=args.table,
        detail_ms=args.detail,
        merge_ms=args.merge,
        five_classes=args.classes == 5,
        corrections=read_corrections(args.offsets) if args.offsets else None,
    )
    return EvaluateOptions(
        scoring=scoring,
        suffix=args.suffix,
        skip_missing=args.skip_missing,
        songs=_names(args.songs),
        transcribe=replace(TranscribeOptions(), preset=args.preset),
    )


def _names(listed: str | None) -> tuple[str, ...]:
    """The songs of ``A, B``; none for all of them.

    Raises:
        EvaluationError: there is nothing between the commas.
    """
    names = tuple(name.strip() for name in (listed or "").split(",") if name.strip())
    if listed and not names:
        raise EvaluationError("--songs needs the names of songs, with commas between them.")
    return names


def _name(estimate: Path | None) -> str:
    from chart_hero_core.tasks.models import current_name

    # By name: a report may be compared with that of the model used after it.
    return f"the model {current_name()}" if estimate is None else str(estimate)
