"""Foundation (基础): the plain values every area speaks in: spans of time, money, refusals, identifiers."""
