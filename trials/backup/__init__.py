"""Backups made under load, databases destroyed, and what a restore brings back."""
