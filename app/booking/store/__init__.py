"""Rows of booking, to values and back."""
