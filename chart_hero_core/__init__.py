"""Drum transcription and charting without a window: audio in, Clone Hero charts out."""

__version__ = "0.1.0"
