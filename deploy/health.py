"""`python deploy/health.py /readyz`: print the health of the service on port 8000; exit code 1 if it is not well.

The request looks like one from nginx: over HTTPS, and for a host that the service accepts.
"""

import http.client
import os
import sys


def asked(path: str, port: int) -> tuple[int, str]:
    """The status and the text of the response. Raises OSError if there is none within four seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
    connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
    answer = connection.getresponse()
    return answer.status, answer.read(200).decode(errors="replace").strip()


def main(path: str, port: int = 8000) -> int:
    """Print the response and return the exit code."""
    try:
        status, words = asked(path, port)
    except (OSError, http.client.HTTPException) as error:
        status, words = 0, f"no answer: {error}"
    print(words)
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
