"""Things around the terminal: sounds."""
