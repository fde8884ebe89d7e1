"""The office, in Django's admin: queue, declarations and periods, personnel files, statistics, exports, logs.

This package imports none of its modules, because Django loads `site.office` before the models. `declarations.apps`
imports `registration`, which registers every page.
"""
