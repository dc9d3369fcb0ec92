"""What is kept of use, by topic."""
