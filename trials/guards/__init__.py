"""Disables one guard of the service at a time, and checks that the tests named for it fail."""
