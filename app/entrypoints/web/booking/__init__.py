"""Booking (预约): asking on one form, a booking's own page, one's bookings, and what could be had instead."""
