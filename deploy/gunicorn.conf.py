"""How gunicorn serves Dimona behind nginx. Where it listens is the caller's to say: a systemd socket, or `--bind`.

WEB_CONCURRENCY sets another number of workers, as gunicorn has it.
"""

import gc
import os
from itertools import count

from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker

wsgi_app = "dimona_site.wsgi:application"

# Processes do the work, threads add nothing but that one slow answer (an export) does not hold up the others.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or len(os.sched_getaffinity(0)))
threads = 2
# A worker takes few connections at once: what it cannot serve yet waits in the socket, for whichever worker is free.
worker_connections = 2 * threads + 2
backlog = 2048

# A worker that hangs is replaced after `timeout`; one that is told to stop has as long to finish what it began. nginx
# waits longer than that, so that the end of either is an answer.
timeout = 30
graceful_timeout = 30
# nginx opens a connection for each request: none is kept that a stopping worker could close under a new request.
keepalive = 0
# Each worker is replaced after a while, whatever leaked; not all of them at the same moment.
max_requests = 10_000
max_requests_jitter = 2_000

# One copy of the code in memory for all workers, and a new worker at once. New code needs a restart, not a HUP.
preload_app = True

# The worker's sign of life is a file that is touched: never on a disk that may be slow.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn makes a file of its own there, which nobody else can open
control_socket_disable = True

# nginx keeps the log of requests, without what is secret in an address.
accesslog = None
errorlog = "-"
loglevel = "info"


def when_ready(server: Arbiter) -> None:
    """Before the workers are forked: load what every one of them needs and wsgi.py does not, and freeze that as well.

    The garbage collector would walk, and so copy, the memory that they share with the master.
    """
    from django.conf import settings
    from django.urls import reverse
    from django.utils.translation import gettext, override

    for language, _name in settings.LANGUAGES:
        with override(language):
            gettext("Next")
    # The views, the wizard and the forms; no connection to the database is opened by that.
    reverse("home")
    gc.collect()
    gc.freeze()


# The answers after which a worker has what it keeps: its threads' connections, the templates and lists of one language
# after the first number, those of the others after the second.
SETTLED_AFTER = (100, 1000)
answers = count(1)


def post_request(worker: Worker, request: Request) -> None:
    """Freeze what a worker's first answers left behind, as the master froze what it loads.

    A full collection walks it all again: 5 ms, which a page of 4 ms had to wait for, and after it 1.5 ms.
    """
    if next(answers) in SETTLED_AFTER:
        gc.collect()
        gc.freeze()
