"""The project: settings, addresses and the entry of the server."""
