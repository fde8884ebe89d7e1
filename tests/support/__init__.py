"""Helpers for tests, trials and benchmarks: builders of rows, readers of pages, a private PostgreSQL."""
