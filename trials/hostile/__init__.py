"""Hostile input by the thousand, single requests and whole journeys: `python -m trials.hostile`."""
