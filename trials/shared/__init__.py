"""What several trials share: clerks, servers and the application that they start."""
