"""What a declaration says of itself, on the receipt and in the letters of the official channel (HTML and PDF).

`Notification.objects.queue` writes their rows; `manage.py send_notifications` produces them and hands them over.
"""
