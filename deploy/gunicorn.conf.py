"""Gunicorn's configuration for Dimona behind nginx. The caller sets the address: a systemd socket, or `--bind`.

WEB_CONCURRENCY sets the number of workers, as usual in gunicorn.
"""

import gc
import os
from itertools import count

from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker

wsgi_app = "dimona_site.wsgi:application"

# Processes carry the load. The second thread only keeps a slow response (an export) from delaying the others.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or len(os.sched_getaffinity(0)))
threads = 2
# A worker accepts few connections at once. Further ones wait in the socket for whichever worker is free.
worker_connections = 2 * threads + 2
backlog = 2048

# A worker that hangs is replaced after `timeout`; one that is told to stop has `graceful_timeout` to finish its
# requests. nginx waits longer, so that the client gets a response in both cases.
timeout = 30
graceful_timeout = 30
# nginx opens a connection per request. A kept connection could be closed by a stopping worker during a new request.
keepalive = 0
# Each worker is replaced after a while, in case of memory leaks, at different moments.
max_requests = 10_000
max_requests_jitter = 2_000

# Workers share one copy of the code and start at once. New code needs a restart, not a HUP.
preload_app = True

# Workers touch a heartbeat file, which must not be on a disk that may be slow.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn makes a file of its own there, which nobody else can open
control_socket_disable = True

# nginx writes the access log, without the secrets in addresses.
accesslog = None
errorlog = "-"
loglevel = "info"


def when_ready(server: Arbiter) -> None:
    """Load everything that all workers need and wsgi.py does not load, and freeze it, before the workers are forked.

    Otherwise the garbage collector would traverse, and so copy, the memory shared with the master.
    """
    from django.conf import settings
    from django.urls import reverse
    from django.utils.translation import gettext, override

    for language, _name in settings.LANGUAGES:
        with override(language):
            gettext("Next")
    # Loads the views, the wizard and the forms, without opening a database connection.
    reverse("home")
    gc.collect()
    gc.freeze()


# The numbers of responses after which a worker has filled its caches: connections, templates and lists of one language
# after the first number, those of the other languages after the second.
SETTLED_AFTER = (100, 1000)
responses = count(1)


def post_request(worker: Worker, request: Request) -> None:
    """Freeze the objects that a worker's first responses left in memory, as the master froze what it loaded.

    A full collection takes 5 ms, for which a page of 4 ms had to wait; after the freeze it takes 1.5 ms.
    """
    if next(responses) in SETTLED_AFTER:
        gc.collect()
        gc.freeze()
