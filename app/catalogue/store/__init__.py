"""Rows of the catalogue, to values and back."""
