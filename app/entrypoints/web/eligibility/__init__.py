"""Eligibility (使用条件): qualifications, agreements, and the check of what one has of what is asked."""
