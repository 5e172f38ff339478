"""``chart-hero models``: the versions of the model, and which of them is in use."""

import argparse
import json
from pathlib import Path

from chart_hero_core.tasks import model_files, models

_NAME_WIDTH = 24  # at least: the columns keep their places while names are short


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One word for what to do, and the model it is done to."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser(
        "list", help="all models; * marks the one in use (the default action)"
    )
    # Suppressed, or the default of the action would replace what stands before it.
    for each in (parser, listing):
        each.add_argument(
            "--json",
            action="store_true",
            default=argparse.SUPPRESS if each is listing else False,
            help="print the list as JSON",
        )
    for name, text in (
        ("use", "use this model from now on"),
        ("info", "show what is known about this model"),
        ("remove", "delete this model"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("name", help="as 'chart-hero models' lists it")
    rename = actions.add_parser("rename", help="call this model otherwise")
    rename.add_argument("name", help="as 'chart-hero models' lists it")
    rename.add_argument("new", help="what to call it from now on")
    export = actions.add_parser("export", help="write a copy of this model to a file")
    export.add_argument("name", help="as 'chart-hero models' lists it")
    export.add_argument("file", type=Path, help="where to: a new file (.safetensors), or a folder")
    actions.add_parser("rollback", help="go back to the model used before")
    add = actions.add_parser("add", help="add a checkpoint file to the list")
    add.add_argument("file", type=Path, help="checkpoint (.safetensors)")
    add.add_argument("--name", metavar="NAME", help="what to call it (default: the file's name)")
    add.add_argument("--use", action="store_true", help="use it from now on")


def run(args: argparse.Namespace) -> int:
    """Do it, and say which model is in use."""
    if args.action == "info":
        print(json.dumps(_facts(models.model_info(args.name)), indent=2, ensure_ascii=False))
        return 0
    if args.action == "export":
        print(f"Wrote {model_files.export_model(args.name, args.file)}.")
        return 0
    if args.action == "rename":
        model_files.rename_model(args.name, args.new)
    elif args.action == "use":
        models.use_model(args.name)
    elif args.action == "rollback":
        models.roll_back()
    elif args.action == "remove":
        models.remove_model(args.name)
    elif args.action == "add":
        known = {model.name for model in models.list_models()}
        added = models.add_model(args.file, args.name, use=args.use).name
        print(f"{added} is this model already." if added in known else f"Added {added}.")
    listed = models.list_models()
    if args.json:
        found = [_listed(model) for model in listed]
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    width = max(_NAME_WIDTH, *(len(model.name) for model in listed))
    for model in listed:
        print(_line(model, width))
    return 0


def _line(model: models.ModelInfo, width: int) -> str:
    mark = "*" if model.current else " "
    about = model.trouble or model.note or ("comes with the program" if model.shipped else "")
    return f"{mark} {model.name:{width}s} {model.date:10s} {about}".rstrip()


def _listed(model: models.ModelInfo) -> dict[str, object]:
    return {
        "name": model.name,
        "file": str(model.path),
        "in_use": model.current,
        "shipped": model.shipped,
        "date": model.date,
        "note": model.note,
        "trouble": model.trouble,
    }


def _facts(model: models.ModelInfo) -> dict[str, object]:
    return {
        "name": model.name,
        "file": str(model.path),
        "in_use": model.current,
        "trouble": model.trouble,
        **model.provenance,
    }
