"""The admin site of the office: sign-in with a second factor, and sign-out when idle."""
