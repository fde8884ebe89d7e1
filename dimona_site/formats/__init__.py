"""Date and time formats of Django's admin by language, the same as in declarations/formatting.py (ruling 8).

This includes English: Django's own formats would write March 2, 2026 and read 01/02/2026 as 2 January.
"""
