"""Pages: find."""
