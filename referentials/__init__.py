"""What the administration publishes and knows; it knows nothing of declarations."""
