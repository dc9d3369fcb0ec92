"""What people and the clock do about use, by topic."""
