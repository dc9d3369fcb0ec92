"""Entrypoints (入口): the only rooms that know Flask, forms, commands or the clock."""
