"""Backups under load, destruction of the database, and checks of what a restore brings back."""
