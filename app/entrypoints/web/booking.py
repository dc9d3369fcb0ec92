"""Pages: booking."""
