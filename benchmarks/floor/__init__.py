"""The least that Django does for the same requests: a project that knows the pages beforehand.

Same settings and middleware, same redirects, CSRF tokens read and checked, a session read by every page and written by
every form, one row inserted by Confirm, the same bytes out; but no forms, no rules and no templates. Its sessions are
Django's own, neither encrypted nor merged: what ours add to them counts as ours.
"""
