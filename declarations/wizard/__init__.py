"""What the public sees: the wizard that asks, a step at a time, and the pages around it."""
