"""Windows that ask for a decision: export, preferences, errors, small prompts."""
