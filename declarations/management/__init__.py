"""Commands of `manage.py` about declarations."""
