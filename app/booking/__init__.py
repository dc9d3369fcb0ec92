"""Booking (预约): who asked, who gets it; the one ledger of taken time, and its guards."""
