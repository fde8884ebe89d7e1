"""The minimum that Django does for the same requests: a project that knows the responses beforehand.

It has the same settings, middleware and redirects. CSRF tokens are read and checked, every page reads a session, every
form writes one, Confirm inserts one row, and the responses have the same bytes. It has no forms, rules or templates.
Its sessions are Django's own, neither encrypted nor merged, so the cost of ours counts as the service's.
"""
