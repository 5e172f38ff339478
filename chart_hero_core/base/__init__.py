"""What every other layer may use: errors, progress, files, and the table of drums."""
