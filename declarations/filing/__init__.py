"""Examination and filing: facts, assessment, periods, look-up of numbers, throttling, reviewers' decisions."""
