"""Decisions of booking: what a request takes, what stands in its way, what follows from a yes or a no."""
