"""What the service costs, measured on the real one over HTTP: see README.md beside this file."""
