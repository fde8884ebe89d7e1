"""Measures the service: `python -m benchmarks [--only NAMES] [--rounds 3] [--quick] [--database NAME]`."""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from tests.support.serving import machine

from . import databases, front, growth, processor, start, statements, users, weight
from .databases import manage
from .measuring import Bench, Figure, MissingError

FIGURES: dict[str, Callable[[Bench], list[Figure]]] = {
    "journey": processor.journeys,
    "page": processor.heaviest_page,
    "one-user": users.one_user,
    "many-users": users.many_users,
    "processes": users.processes,
    "front": front.front,
    "statements": statements.statements,
    "weight": weight.weight,
    "start": start.start,
    "growth": growth.growth,
}
VENDORS = ("sqlite", "postgresql")


def arguments() -> Namespace:
    """The command-line options: which figures to measure, and how thoroughly."""
    parser = ArgumentParser(prog="python -m benchmarks", description="Measures what the service costs.")
    parser.add_argument("--only", metavar="NAMES", default="", help=f"some of {','.join(FIGURES)}")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds of each figure (3)")
    parser.add_argument("--quick", action="store_true", help="few of everything: shows that it works, no more")
    parser.add_argument("--largest", type=int, default=0, help="growth up to so many declarations (1000000)")
    parser.add_argument("--database", choices=VENDORS, help="one of the two alone")
    found = parser.parse_args()
    found.only = [name for name in found.only.split(",") if name] or list(FIGURES)
    if unknown := set(found.only) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    return found


def collect_files() -> None:
    """Collect the static files as a deployment does, and compile the messages."""
    for command in (["collectstatic", "--no-input"], ["compile_translations"]):
        manage("sqlite:///unused", *command, "--verbosity", "0")


def print_figure(name: str, bench: Bench) -> None:
    """Measure a figure and print it, or the reason why it cannot be measured."""
    try:
        for figure in FIGURES[name](bench):
            print(figure, flush=True)
    except MissingError as error:
        print(f"left out: {error}", flush=True)


def main() -> None:
    """Measure and print one figure after another."""
    options = arguments()
    print(f"python -m benchmarks {' '.join(sys.argv[1:])}\n{machine.describe()}")
    collect_files()
    with tempfile.TemporaryDirectory(prefix="dimona-bench-") as folder:
        wanted = {name: options.database in (None, name) for name in VENDORS}
        with databases.open_databases(wanted, Path(folder)) as found:
            print(", ".join(each.version() for each in found))
            bench = Bench(found, Path(folder), options.rounds, options.quick, options.largest)
            for name in options.only:
                print(f"\n{name}: {(FIGURES[name].__doc__ or '').partition(chr(10))[0]}", flush=True)
                print_figure(name, bench)


if __name__ == "__main__":
    main()
