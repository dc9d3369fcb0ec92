"""Faults (故障): reported, answered, counted as downtime, and what the people in their way can do instead."""
