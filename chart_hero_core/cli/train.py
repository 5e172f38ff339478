"""``chart-hero train``."""

import argparse
from dataclasses import fields
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress, setting_flags, value_name
from chart_hero_core.training.config import PRESETS, TrainSettings

_USUAL = "shipped"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Every training setting is an option of the same name."""
    parser.add_argument("material", type=Path, help="folder with kits, grooves, charts, backing")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder of this run"
    )
    parser.add_argument(
        "--preset",
        choices=sorted(PRESETS),
        default=_USUAL,
        help="where the settings below start from (default: %(default)s)",
    )
    parser.add_argument("--start-from", type=Path, metavar="FILE", help="checkpoint to start from")
    _add_more_material(parser)
    group = parser.add_argument_group("settings", "the preset's values when not given")
    for option in fields(TrainSettings):
        default = getattr(PRESETS[_USUAL], option.name)
        group.add_argument(
            *setting_flags(option),
            dest=f"set_{option.name}",
            type=type(default),
            metavar=value_name(type(default)),
            help=f"{option.metadata['help']} (default: {default})",
        )


def _add_more_material(parser: argparse.ArgumentParser) -> None:
    """What is rendered, and trained on, beside the material's own."""
    parser.add_argument(
        "--band",
        type=Path,
        metavar="DIR",
        help="folder of notes for made-up backing bands, as packaging/make_band.py writes it",
    )
    parser.add_argument(
        "--pseudo-labels",
        "--heard",  # its earlier name
        dest="pseudo_labels",
        type=Path,
        metavar="DIR",
        help="folder of labelled songs, as 'chart-hero pseudo-label' writes it",
    )
    parser.add_argument(
        "--kits",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="one more kit library beside the material's own, as packaging/make_kits.py writes it "
        "(may be given several times)",
    )
    parser.add_argument(
        "--modelled",
        type=int,
        default=0,
        metavar="N",
        help="also play N kits made by physical modelling; each takes a second to make",
    )


def run(args: argparse.Namespace) -> int:
    """Train, or resume the run in the output folder."""
    from chart_hero_core.base.errors import SettingsError
    from chart_hero_core.tasks.train import TrainingMaterial, train_model

    if args.modelled < 0:
        raise SettingsError("--modelled must not be negative.")
    values = {
        option.name: getattr(args, f"set_{option.name}")
        for option in fields(TrainSettings)
        if getattr(args, f"set_{option.name}") is not None
    }
    settings = PRESETS[args.preset].with_values(values)
    material = TrainingMaterial(
        args.material, args.band, args.pseudo_labels, args.kits, args.modelled
    )
    with TerminalProgress() as progress:
        path = train_model(material, args.output, settings, progress, args.start_from)
    print(path)
    return 0
