"""What people can do with bookings: ask, change, cancel, decide, close. Every use of time goes through here."""
