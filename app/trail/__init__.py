"""Trail (审计): the append-only, hash-chained record of who did what, and receipts that make a repeat the same request."""
