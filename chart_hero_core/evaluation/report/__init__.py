"""What was measured, for people and programs: tables, text, JSON, an HTML page, comparisons."""
