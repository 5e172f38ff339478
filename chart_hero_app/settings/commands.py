"""Every command of the program once: name, menu, words, icon and keys.

The window binds them to functions; menus, the command palette, tooltips, the keyboard page of
the preferences and the conflict check are all made from :data:`COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the person can do.

    ``keys`` are of the Moonscraper preset, ``eof`` of Editor on Fire where they differ.
    ``icon`` is a qtawesome name; an empty one shows no icon.
    """

    name: str
    menu: str
    title: str
    help: str
    keys: tuple[str, ...] = ()
    eof: tuple[str, ...] | None = None
    icon: str = ""
    checkable: bool = False
    separated: bool = False  # a line stands above it in the menu


def _c(
    name: str,
    title: str,
    help_: str,
    keys: str = "",
    *,
    eof: str | None = None,
    icon: str = "",
    checkable: bool = False,
    separated: bool = False,
) -> Command:
    menu = name.partition(".")[0]
    return Command(
        name,
        MENUS[menu],
        title,
        help_,
        tuple(keys.split()),
        None if eof is None else tuple(eof.split()),
        f"ph.{icon}" if icon else "",
        checkable,
        separated,
    )


MENUS: Mapping[str, str] = MappingProxyType(
    {
        "file": "&File",
        "edit": "&Edit",
        "note": "&Notes",
        "tempo": "&Tempo",
        "analyse": "&Analyse",
        "review": "&Review",
        "play": "&Play",
        "view": "&View",
        "help": "&Help",
    }
)

COMMANDS: tuple[Command, ...] = (
    _c("file.open", "Open…", "Open a song, chart or project", "Ctrl+O", icon="file"),
    _c(
        "file.open_folder",
        "Open folder…",
        "Open a song folder with its stems and chart",
        "Ctrl+Shift+O",
        icon="folder-open",
    ),
    _c("file.demo", "Open the demo", "Open the short song that ships with the program"),
    _c("file.close", "Close song", "Back to the start page", "Ctrl+W"),
    _c(
        "file.save",
        "Save project",
        "Save the project file",
        "Ctrl+S F2",
        icon="floppy-disk",
        separated=True,
    ),
    _c("file.save_as", "Save project as…", "Save under another name", "Ctrl+Shift+S"),
    _c("file.export", "Export chart…", "Write .chart, notes.mid, .sng", "Ctrl+E", icon="export"),
    _c(
        "file.preferences",
        "Preferences…",
        "Keys, sound, look, saving",
        "Ctrl+,",
        eof="Ctrl+, F11",
        icon="gear-six",
        separated=True,
    ),
    _c("file.quit", "Quit", "Leave the program", "Ctrl+Q", separated=True),
    _c("edit.undo", "Undo", "Take back the last step", "Ctrl+Z", icon="arrow-u-up-left"),
    _c(
        "edit.redo",
        "Redo",
        "Do it again",
        "Ctrl+Y Ctrl+Shift+Z",
        eof="Ctrl+R Ctrl+Y",
        icon="arrow-u-up-right",
    ),
    _c("edit.cut", "Cut", "Cut the selected notes", "Ctrl+X", icon="scissors", separated=True),
    _c("edit.copy", "Copy", "Copy the selected notes", "Ctrl+C", icon="copy"),
    _c(
        "edit.paste", "Paste", "Paste at the playhead, keeping the beat", "Ctrl+V", icon="clipboard"
    ),
    _c("edit.delete", "Delete", "Delete the selected notes", "Delete Backspace", icon="trash"),
    _c("edit.select_all", "Select all", "Select all notes", "Ctrl+A", separated=True),
    _c("edit.select_section", "Select section", "Select the notes of this section", "Alt+A"),
    _c("edit.select_lane", "Select this lane", "Select all notes like the selected ones", "Alt+L"),
    _c(
        "edit.select_doubtful",
        "Select by confidence…",
        "Select suggestions below a confidence",
        "Alt+D",
    ),
    _c("edit.select_none", "Select nothing", "Clear the selection", "Esc"),
    _c(
        "edit.palette",
        "Command palette…",
        "Find and run any command by its name",
        "Ctrl+K",
        icon="magnifying-glass",
        separated=True,
    ),
    _c("note.kick", "Kick", "Place or remove a kick at the playhead", "0 5", eof="1"),
    _c("note.red", "Red", "Place or remove a snare at the playhead", "1", eof="2"),
    _c("note.yellow", "Yellow", "Place or remove a yellow note at the playhead", "2", eof="3"),
    _c("note.blue", "Blue", "Place or remove a blue note at the playhead", "3", eof="4"),
    _c("note.green", "Green", "Place or remove a green note at the playhead", "4", eof="5"),
    _c(
        "note.cymbal",
        "Cymbal or tom",
        "Turn the selected notes into cymbals or toms",
        "C",
        eof="Ctrl+Shift+Y",
        icon="circle-half",
        separated=True,
    ),
    _c("note.accent", "Accent", "Accent the selected notes", "V", icon="caret-double-up"),
    _c("note.ghost", "Ghost", "Make the selected notes ghost notes", "Z", icon="ghost"),
    _c("note.flam", "Flam", "Make the selected notes flams", "F", icon="intersect"),
    _c("note.double_kick", "Double kick", "Mark the selected kicks as 2x", "X"),
    _c("note.lane_up", "Lane up", "Move the selected notes a lane up", "Shift+Up", separated=True),
    _c("note.lane_down", "Lane down", "Move the selected notes a lane down", "Shift+Down"),
    _c("note.later", "Later by a grid step", "Move the selection by the snap", "Ctrl+Right"),
    _c("note.earlier", "Earlier by a grid step", "Move the selection by the snap", "Ctrl+Left"),
    _c("note.later_ms", "Later by 1 ms", "Move the selection by 1 ms", "Ctrl+Shift+Right"),
    _c("note.earlier_ms", "Earlier by 1 ms", "Move the selection by 1 ms", "Ctrl+Shift+Left"),
    _c(
        "note.quantise",
        "Quantise…",
        "Move the selection onto a grid",
        "Ctrl+Shift+Q",
        icon="grid-four",
    ),
    _c("note.transient", "Snap to transient", "Move the selection onto the attacks heard", "T"),
    _c(
        "note.star_power",
        "Star power",
        "Put star power over the selection, or take it away",
        "U",
        icon="star",
        separated=True,
    ),
    _c("note.solo", "Solo", "Put a solo over the selection, or take it away", "S"),
    _c("note.roll", "Drum roll", "Put a roll over the selection, or take it away", "L"),
    _c(
        "note.fill",
        "Activation fill",
        "Put an activation over the selection, or take it away",
        "Shift+U",
    ),
    _c(
        "note.reduce",
        "Make easier difficulties",
        "Hard, Medium and Easy from Expert",
        icon="chart-bar",
        separated=True,
    ),
    _c(
        "tempo.anchor",
        "Anchor the beat",
        "Lock the beat at the playhead to its time",
        "A",
        icon="anchor",
    ),
    _c("tempo.faster", "BPM up", "Raise the BPM here by 1", "= +"),
    _c("tempo.slower", "BPM down", "Lower the BPM here by 1", "-"),
    _c(
        "tempo.insert_bpm",
        "Insert BPM…",
        "Insert a tempo change at the playhead",
        "I",
        icon="timer",
    ),
    _c(
        "tempo.insert_signature",
        "Insert time signature…",
        "Insert a time signature at this bar",
        "O",
    ),
    _c("tempo.tap", "Tap tempo", "Tap along while the song plays", "Shift+T", icon="hand-pointing"),
    _c("tempo.halve", "Halve the tempo", "Every second beat becomes a beat", separated=True),
    _c("tempo.double", "Double the tempo", "A beat between each two beats"),
    _c(
        "tempo.shift_later",
        "Shift bar lines later by a beat",
        "The next beat becomes the one",
        "Alt+Right",
    ),
    _c(
        "tempo.shift_earlier",
        "Shift bar lines earlier by a beat",
        "The beat before becomes the one",
        "Alt+Left",
    ),
    _c("tempo.candidates", "Tempo candidates…", "Choose among the grids heard in the audio"),
    _c(
        "tempo.keep_time",
        "Notes keep their audio time",
        "When the tempo changes: notes stay where they sound (on) or on their beats (off)",
        checkable=True,
        separated=True,
    ),
    _c(
        "tempo.section",
        "Add or rename section…",
        "Name the part that starts here",
        "P",
        icon="bookmark",
        separated=True,
    ),
    _c(
        "analyse.transcribe",
        "Transcribe",
        "Listen to the song and suggest all notes",
        "Ctrl+T",
        icon="magic-wand",
    ),
    _c(
        "analyse.selection",
        "Re-detect selection",
        "Decode the selected stretch alone again",
        "Ctrl+D",
    ),
    _c(
        "analyse.flag",
        "Flag for micro mode",
        "Flag the selected stretch for the 2.9 ms analysis",
        "G",
        icon="flag",
        separated=True,
    ),
    _c(
        "analyse.unflag", "Remove micro flag", "Remove flags inside the selected stretch", "Shift+G"
    ),
    _c(
        "analyse.micro",
        "Re-analyse flagged passages",
        "Analyse flagged passages at 2.9 ms",
        "Ctrl+G",
        icon="magnifying-glass-plus",
    ),
    _c("analyse.stop", "Stop the analysis", "Stop what is running", "Ctrl+."),
    _c(
        "review.next",
        "Next doubtful note",
        "Jump to the next note worth a look",
        "R",
        icon="caret-circle-right",
    ),
    _c("review.previous", "Previous doubtful note", "Jump back in the queue", "Shift+R"),
    _c(
        "review.accept",
        "Accept",
        "Accept the doubtful note and go on",
        "Return Enter",
        icon="check",
    ),
    _c("review.reject", "Reject", "Reject the doubtful note and go on", "Shift+Delete", icon="x"),
    _c(
        "review.spread",
        "Propose on similar bars",
        "Offer the edits of this bar on all bars like it",
        "B",
    ),
    _c(
        "review.mark",
        "Mark as reviewed",
        "Vouch for the selected stretch, or for all up to the playhead: the notes are right",
        "Ctrl+M",
        icon="check-square",
        separated=True,
    ),
    _c(
        "review.unmark",
        "Mark as not reviewed",
        "Take that back for the selected stretch, or for the whole song",
        "Ctrl+Shift+M",
    ),
    _c(
        "review.learn_kit",
        "Learn this kit",
        "Learn from the reviewed passages how these drums sound, and suggest the rest anew",
        "Ctrl+Shift+K",
        icon="ear",
        separated=True,
    ),
    _c(
        "review.collect",
        "Add this song to my charts",
        "Keep the reviewed passages of this song for training your own model",
        "Ctrl+Shift+A",
        icon="books",
    ),
    _c("play.toggle", "Play or pause", "Start and stop the song", "Space", icon="play"),
    _c("play.stop", "Stop", "Stop and return to where it was started", "Shift+Space", icon="stop"),
    _c("play.start", "Go to the start", "Jump to the start of the song", "Home", icon="skip-back"),
    _c("play.end", "Go to the end", "Jump to the end of the song", "End", icon="skip-forward"),
    _c("play.step_up", "Step forward", "Go on by the snap", "Up", separated=True),
    _c("play.step_down", "Step back", "Go back by the snap", "Down"),
    _c("play.bar_up", "Bar forward", "Go on by a bar", "PgUp", eof="Ctrl+PgUp"),
    _c("play.bar_down", "Bar back", "Go back by a bar", "PgDown", eof="Ctrl+PgDown"),
    _c("play.section_up", "Next section", "Jump to the next section", "Alt+Up"),
    _c("play.section_down", "Previous section", "Jump to the section before", "Alt+Down"),
    _c(
        "play.loop",
        "Loop selection",
        "Repeat the selected stretch",
        "Ctrl+L",
        icon="repeat",
        checkable=True,
        separated=True,
    ),
    _c("play.slower", "Slower", "Slow down by 25 %; the pitch stays", "[ Ctrl+Down", eof="Ctrl+;"),
    _c("play.faster", "Faster", "Speed up by 25 %; the pitch stays", "] Ctrl+Up", eof="Ctrl+'"),
    _c("play.normal_speed", "Normal speed", "Back to 100 %", "\\"),
    _c(
        "play.metronome",
        "Metronome",
        "Click on every beat",
        "M",
        icon="timer",
        checkable=True,
        separated=True,
    ),
    _c(
        "play.kit",
        "Drum kit",
        "Play the chart with drum samples",
        "N",
        eof="C",
        icon="speaker-high",
        checkable=True,
    ),
    _c(
        "play.drums_only",
        "Drums stem alone",
        "Hear the drums stem in place of the song",
        "Shift+D",
        checkable=True,
    ),
    _c("view.snap_coarser", "Grid coarser", "A coarser snap grid", "Q Left", eof=", Left"),
    _c("view.snap_finer", "Grid finer", "A finer snap grid", "W Right", eof=". Right"),
    _c(
        "view.zoom_in",
        "Zoom in",
        "Show less time",
        "Ctrl+= Ctrl++",
        icon="magnifying-glass-plus",
        separated=True,
    ),
    _c("view.zoom_out", "Zoom out", "Show more time", "Ctrl+-", icon="magnifying-glass-minus"),
    _c("view.zoom_all", "Zoom to the whole song", "Show everything", "Ctrl+0"),
    _c("view.zoom_selection", "Zoom to the selection", "Show the selected stretch", "Ctrl+9"),
    _c(
        "view.follow",
        "Follow the playhead",
        "Turn pages while the song plays",
        "Shift+F",
        icon="crosshair-simple",
        checkable=True,
    ),
    _c(
        "view.tool_cursor",
        "Cursor tool",
        "Select and move notes",
        "J",
        icon="cursor",
        checkable=True,
        separated=True,
    ),
    _c(
        "view.tool_note",
        "Note tool",
        "Click to place notes",
        "Y",
        icon="pencil-simple",
        checkable=True,
    ),
    _c("view.tool_erase", "Eraser", "Click to delete notes", "K", icon="eraser", checkable=True),
    _c(
        "view.domain",
        "Show drums or mix",
        "Which audio the waveform and spectrogram show",
        "D",
        separated=True,
    ),
    _c("view.expert", "Expert", "Show the Expert track", "Ctrl+1", checkable=True, separated=True),
    _c("view.hard", "Hard", "Show the Hard track", "Ctrl+2", checkable=True),
    _c("view.medium", "Medium", "Show the Medium track", "Ctrl+3", checkable=True),
    _c("view.easy", "Easy", "Show the Easy track", "Ctrl+4", checkable=True),
    _c(
        "view.theme",
        "Switch dark and light",
        "Change the colours",
        "Ctrl+Shift+L",
        icon="moon",
        separated=True,
    ),
    _c(
        "view.full_screen",
        "Full screen",
        "Use the whole screen",
        "F11",
        eof="Alt+Return",
        checkable=True,
    ),
    _c("view.timeline", "Go to the timeline", "Give the keyboard back to the timeline", "F6"),
    _c("view.reset_layout", "Reset the panels", "Put every panel where it was at first"),
    _c("view.training", "Training and models", "Your charts, training runs and models", "Alt+9"),
    _c("help.keys", "Keyboard map", "All keys of the current preset", "F1", icon="keyboard"),
    _c("help.logs", "Open the log folder", "Where the program writes what went wrong"),
    _c("help.about", "About Chart Hero", "Version and licences"),
)
