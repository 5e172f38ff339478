"""The fields of song.ini that a person fills in: their order, titles and choices."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit

# Field of Metadata -> its title.
TEXT_FIELDS = (
    ("name", "Title"),
    ("artist", "Artist"),
    ("album", "Album"),
    ("year", "Year"),
    ("genre", "Genre"),
    ("charter", "Charter"),
)
_MOST_STARS = 6
_UNSET = -1


def text_field(title: str) -> QLineEdit:
    """A field that says what games show while it is empty."""
    field = QLineEdit()
    field.setAccessibleName(title)
    field.setPlaceholderText(f"Unknown {title.lower()}")

    def show_beginning() -> None:
        if not field.isModified():  # set, and not typed
            field.setCursorPosition(0)

    field.textChanged.connect(show_beginning)
    return field


def intensity_box(unset: str) -> QComboBox:
    """How hard the part is, 0 to 6; ``unset`` says what happens without a choice (-1)."""
    box = QComboBox()
    box.setAccessibleName("Intensity")
    box.addItem(unset, _UNSET)
    for stars in range(_MOST_STARS + 1):
        box.addItem(f"{stars} of {_MOST_STARS}", stars)
    box.setToolTip("How hard the drum part is, for the song list (diff_drums)")
    return box
