"""The main window: it builds everything, owns the actions and connects the parts."""
