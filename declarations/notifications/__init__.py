"""Notifications of the official channel: what they say, as HTML and PDF, and how they are handed over.

`Notification.objects.queue` writes their rows; `manage.py send_notifications` produces them and hands them over.
"""
