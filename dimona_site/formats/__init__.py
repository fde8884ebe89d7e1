"""How Django's admin writes and reads days and hours, by language, as declarations/formatting.py does (ruling 8).

In English, too: its own formats would write March 2, 2026 and read 01/02/2026 as the second of January.
"""
