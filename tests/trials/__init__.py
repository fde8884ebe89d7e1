"""The judges of the trials, and a small run of each."""
