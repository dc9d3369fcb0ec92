"""Rows of the consortium, to values and back."""
