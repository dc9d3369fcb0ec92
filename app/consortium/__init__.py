"""Consortium (联合体): member organisations, people, appointments, sign-in, and what each may do."""
