"""Kills of the whole service while clerks file, and checks for lost or duplicated declarations."""
