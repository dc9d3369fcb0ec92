"""Pages: consortium."""
