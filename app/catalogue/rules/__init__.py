"""Decisions of the catalogue: what a unit is, who owns it, whether its form is complete, what an imported sheet says."""
