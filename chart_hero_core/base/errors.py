"""The exception tree. Every expected failure derives from :class:`ChartHeroError`.

The text of an expected error is one plain sentence (and, where there is one, the next step): the
command line prints it as it is and the app shows it in its error bar.
"""


class ChartHeroError(Exception):
    """An expected failure, worded for the person at the screen."""


class AudioError(ChartHeroError):
    """Audio that cannot be found, read or used."""


class ChartError(ChartHeroError):
    """A chart that cannot be read, or an edit that makes no sense."""


class FormatError(ChartError):
    """A file that is not what its name says, or is broken beyond mending."""


class CheckpointError(ChartHeroError):
    """Model weights that are missing, foreign or damaged."""


class SettingsError(ChartHeroError):
    """A setting or preset with an unknown name or a value out of bounds."""


class DatasetError(ChartHeroError):
    """Training material that is missing or cannot be used."""


class EvaluationError(ChartHeroError):
    """References or estimates that cannot be scored."""


class StorageError(ChartHeroError):
    """A file that cannot be written: no space, no permission, no such folder."""


class DeviceError(ChartHeroError):
    """A sound or compute device that is missing or refuses to work."""


class Cancelled(Exception):  # noqa: N818 - not an error: the person asked for it
    """Raised inside a job when the person cancelled it. Never shown as a failure."""
