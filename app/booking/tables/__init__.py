"""What booking keeps, by topic."""
