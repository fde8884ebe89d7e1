"""Builds the .mo catalogues from the .po files with polib: no gettext is needed to run the service."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


def compile_catalogue(source: Path) -> bool:
    """Write the .mo beside `source` unless it is newer already. Returns whether it was written.

    The file is replaced in one step, so a running process never reads half a catalogue.
    """
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime_ns > source.stat().st_mtime_ns:
        return False
    draft = compiled.with_suffix(".mo.new")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    draft.replace(compiled)
    return True


class Command(BaseCommand):
    """compile_translations [--force]."""

    help = "Compiles the messages (.po) that have changed; needs no gettext."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--force` compiles all of them."""
        parser.add_argument("--force", action="store_true", help="Compile even what is up to date.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile every catalogue of LOCALE_PATHS."""
        sources = sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/*.po"))
        for source in sources:
            if options["force"]:
                source.with_suffix(".mo").unlink(missing_ok=True)
            if compile_catalogue(source) and options["verbosity"]:
                self.stdout.write(f"Compiled {source.relative_to(settings.BASE_DIR)}")
