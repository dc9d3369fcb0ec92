"""Outbox (待发消息): messages saved with the change itself, to be sent later."""
