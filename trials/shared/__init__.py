"""Code shared by several trials: clerks, servers and the application that they start."""
