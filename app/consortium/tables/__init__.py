"""What the consortium keeps, by topic."""
