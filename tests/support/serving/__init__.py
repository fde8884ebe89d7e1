"""The service under gunicorn and nginx, and an HTTP client that files declarations: for tests, trials, benchmarks."""
