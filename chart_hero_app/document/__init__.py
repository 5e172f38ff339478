"""The open song: its state, its undo history, its place on disk and the transport."""
