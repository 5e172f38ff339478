"""``chart-hero calibrate``."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.domains import DOMAINS, Domain
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.files import refuse_unwritable
from chart_hero_core.cli.terminal import TerminalProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to calibrate, with what, and where to write it."""
    parser.add_argument("checkpoint", type=Path, help="weights to calibrate")
    parser.add_argument(
        "dataset", type=Path, nargs="?", help="songs written by 'chart-hero synthesise'"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="checkpoint to write (default: calibrate in place)",
    )
    parser.add_argument(
        "--material",
        type=Path,
        metavar="DIR",
        help="folder of training material; with it, micro mode is also calibrated on rendered "
        "rolls, flams and blast beats, of which charts have too few",
    )
    parser.add_argument(
        "--compact",
        action="store_true",
        help="store the weights in 8 bits (half the size) and calibrate that version",
    )
    parser.add_argument(
        "--drums",
        type=_drums,
        metavar="A,B",
        help="fit the confidences and thresholds of these drums only (tom_high,tom_mid); the "
        "checkpoint must be calibrated already",
    )
    _add_files_of_levels(parser)


def _add_files_of_levels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--offsets",
        type=Path,
        metavar="FILE",
        help="only fit the timing corrections of a calibrated checkpoint and write them here, for "
        "'chart-hero evaluate --offsets' and (with -o) into a checkpoint",
    )
    parser.add_argument(
        "--domain",
        choices=DOMAINS,
        help="with --offsets, the kind of audio whose timing is fitted (default: drums)",
    )
    parser.add_argument(
        "--thresholds",
        type=Path,
        metavar="FILE",
        help="also write the levels to this file (class_thresholds.json), to be edited and tried "
        "with 'chart-hero transcribe --thresholds'",
    )
    parser.add_argument(
        "--levels",
        type=Path,
        metavar="FILE",
        help="fit nothing (no songs are needed): use the levels in such a file",
    )


def run(args: argparse.Namespace) -> int:
    """Calibrate and print what was fitted."""
    from chart_hero_core.tasks.levels import write_levels

    _check(args)
    if args.offsets is not None:
        return _learn_offsets(args)
    calibrations = _calibrations(args)
    if args.thresholds is not None:
        write_levels(calibrations, args.thresholds)
    for domain, fitted in calibrations.items():
        _show(domain, fitted)
    return 0


def _calibrations(args: argparse.Namespace) -> Mapping[Domain, Calibration]:
    """What was fitted, or taken over, and is in the output now."""
    from chart_hero_core.tasks.calibrate import calibrate
    from chart_hero_core.tasks.levels import adopt_levels

    output = args.output or args.checkpoint
    if args.levels is not None:
        return adopt_levels(args.checkpoint, args.levels, output)
    with TerminalProgress() as progress:
        return calibrate(
            args.checkpoint,
            args.dataset,
            output,
            progress,
            args.material,
            args.compact,
            args.drums,
        ).calibrations


def _drums(text: str) -> tuple[DrumClass, ...]:
    try:
        return tuple(DrumClass.from_label(label.strip()) for label in text.split(","))
    except KeyError as error:
        known = ", ".join(drum.label for drum in DrumClass)
        raise argparse.ArgumentTypeError(
            f"no drum named {error.args[0]!r}; known: {known}"
        ) from None


def _show(domain: Domain, fitted: Calibration) -> None:
    print(f"{domain}: tom margin {fitted.arbitration_margin:+.2f}")
    for name, levels in fitted.presets.items():
        row = " ".join(f"{d.label} {levels.thresholds[d]:.2f}" for d in DrumClass)
        print(f"  {name:12s} gate {levels.activity_gate:.2f}  {row}")
    print("  offsets (ms) " + " ".join(f"{d.label} {fitted.offset_ms[d]:+.1f}" for d in DrumClass))


def _check(args: argparse.Namespace) -> None:
    """Refuse what would be passed over, and places for files that cannot be written, at once.

    Raises:
        SettingsError: options that do not go together.
        StorageError: nothing can be written there; it takes an hour to hear what belongs there.
    """
    more = args.material or args.compact or args.thresholds or args.drums
    if args.offsets is not None and more:
        raise SettingsError(
            "--offsets fits nothing but timing: use --material, --compact, --thresholds and "
            "--drums without it."
        )
    fits = args.dataset or args.offsets or args.material or args.compact or args.drums
    if args.levels is not None and fits:
        raise SettingsError("--levels fits nothing: leave out the songs and the options for them.")
    if args.levels is None and args.dataset is None:
        raise SettingsError(
            "Name the folder of songs to calibrate on, or a file of levels with --levels."
        )
    if args.drums is not None and args.material is not None:
        raise SettingsError("--drums leaves micro mode as it is, which --material is for.")
    if args.offsets is None and args.domain is not None:
        raise SettingsError("--domain belongs to --offsets; a calibration fits drums and mixes.")
    for file in (args.offsets, args.thresholds):
        if file is not None:
            refuse_unwritable(file.parent)


def _learn_offsets(args: argparse.Namespace) -> int:
    from chart_hero_core.base.files import write_text
    from chart_hero_core.tasks.calibrate import learn_offsets

    domain: Domain = args.domain or "drums"
    with TerminalProgress() as progress:
        learned = learn_offsets(args.checkpoint, args.dataset, domain, args.output, progress)
    write_text(args.offsets, json.dumps(learned.to_json(), indent=1) + "\n")
    for one in learned.classes:
        print(f"{one.label:10s} {one.shift_s * 1000:+.2f} ms  ({one.pairs} pairs)")
    return 0
