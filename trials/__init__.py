"""Long programs that attack, kill, race and generate, run by hand as `python -m trials.NAME` (docs/testing.md)."""
