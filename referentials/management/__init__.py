"""Commands of `manage.py` about the tables and the employers."""
