"""Sends hostile input by the thousand and walks journeys at random, and looks for what breaks:

    python -m trials.hostile [--inputs 20000] [--journeys 2000] [--processes 2] [--seed N]

An input is one request to a step of a draft of any kind, or to another address: anything typed in its fields, bytes
that are no text, a field of a megabyte, ten thousand fields, forged and foreign copies, tampered addresses, other
methods. A journey is some twenty acts in two tabs of one browser: steps, Back, reloads, languages, sessions that
expire, Confirm once and twice, discarded drafts, declarations of others on the same period, time that passes. A
database of its own is made and removed: SQLite, or with DATABASE_URL on that PostgreSQL server
(`python tests/support/postgres.py python -m trials.hostile`).

Prints how many of each ran; exit 1 with the shortest example of what broke: an error page, a draft lost, something
filed twice or without Confirm, or filed otherwise than the confirmed overview showed it.
"""

from __future__ import annotations

import random
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from django.core.management import call_command
from django.db import connection

from tests.support.own_database import set_up

from .part import run_process


def arguments() -> Namespace:
    """The options: numbers of inputs and journeys, processes, and the random seed."""
    parser = ArgumentParser(prog="python -m trials.hostile")
    parser.add_argument("--inputs", type=int, default=20_000, help="single requests (20000)")
    parser.add_argument("--journeys", type=int, default=2_000, help="journeys (2000)")
    parser.add_argument("--processes", type=int, default=2, help="processes, each with a database of its own (2)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="the same inputs once more")
    return parser.parse_args()


def main() -> None:
    """Distribute the work over processes and print the results."""
    options = arguments()
    set_up()
    call_command("compile_translations", verbosity=0)
    print(f"{connection.display_name}, seed {options.seed}", flush=True)
    begun, count = time.monotonic(), options.processes
    with ProcessPoolExecutor(count, get_context("spawn")) as pool:
        each = [-(-options.inputs // count), -(-options.journeys // count)]
        outcomes = list(pool.map(run_process, *([n] * count for n in each), [options.seed + n for n in range(count)]))
    for what, number in sorted(sum((met for met, _broken in outcomes), Counter()).items()):
        print(f"{number:>8}  {what}")
    print(f"{time.monotonic() - begun:>8.0f}  seconds")
    broken = [each for _met, each in outcomes if each]
    print("\n".join(broken) or "No fault.")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
