"""The door of the office: its site, signing in with a second factor, signing out when idle."""
