"""Failures of the database, of every kind, while clerks file, and checks for lost or duplicated declarations."""
