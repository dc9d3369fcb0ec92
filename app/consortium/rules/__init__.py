"""Decisions of the consortium: who is in office, and what each may do."""
