"""Benchmarks of the service, run over HTTP against a real deployment; see README.md in this folder."""
