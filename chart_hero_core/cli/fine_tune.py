"""``chart-hero fine-tune``: teach the model your own songs."""

import argparse
from dataclasses import fields
from pathlib import Path

from chart_hero_core.cli.terminal import TerminalProgress, setting_flags, value_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The dataset, the folder of the run, and an option of the same name for every setting."""
    from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings

    parser.add_argument("dataset", type=Path, help="folder written by 'chart-hero build-dataset'")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder of this run"
    )
    parser.add_argument(
        "--start-from", type=Path, metavar="FILE", help="checkpoint (default: the model in use)"
    )
    parser.add_argument(
        "--material",
        type=Path,
        metavar="DIR",
        help="folder with kits, charts, backing to render clips from",
    )
    parser.add_argument(
        "--name", metavar="NAME", help="what to call the new model (default: the run's name)"
    )
    parser.add_argument("--use", action="store_true", help="use the new model if it is better")
    group = parser.add_argument_group("settings")
    for option in fields(FineTuneSettings):
        kind = int if option.type in (int, "int") else float
        text = f"{option.metadata['help']} (default: {option.default})"
        group.add_argument(
            *setting_flags(option),
            dest=f"set_{option.name}",
            type=kind,
            metavar=value_name(kind),
            help=text,
        )
    parser.epilog = (
        "Run again with the same folder, it resumes where it was stopped. The model is only kept "
        "if it is better; the exit code is 0 either way."
    )


def run(args: argparse.Namespace) -> int:
    """Learn, judge, and keep what is better."""
    from chart_hero_core.base.model_choice import check_name
    from chart_hero_core.tasks.fine_tune import FineTuneOptions, fine_tune
    from chart_hero_core.tasks.models import add_model
    from chart_hero_core.training.own_songs.fine_tune_settings import FineTuneSettings

    given = {
        option.name: getattr(args, f"set_{option.name}")
        for option in fields(FineTuneSettings)
        if getattr(args, f"set_{option.name}") is not None
    }
    name = check_name(args.name or args.output.resolve().name)  # now, not after the training
    options = FineTuneOptions(args.start_from, args.material, FineTuneSettings(**given))
    with TerminalProgress() as progress:
        result = fine_tune(args.dataset, args.output, options, progress)
    print(result.sentence)
    if result.offered:
        info = add_model(result.weights, name, use=args.use)
        print(
            f"It is in use as {info.name}; 'chart-hero models rollback' goes back."
            if info.current
            else f"Kept as {info.name}; 'chart-hero models use \"{info.name}\"' puts it in use."
        )
    return 0
