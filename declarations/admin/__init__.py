"""The office, in Django's admin: queue, declarations and periods, personnel files, statistics, exports, logs.

This package imports none of its modules: `site.office` is loaded before the models are. `declarations.apps` imports
`registration`, which registers every page.
"""
