"""Commands of `manage.py` for declarations."""
