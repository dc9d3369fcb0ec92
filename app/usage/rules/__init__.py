"""What decides about use, by topic."""
