"""Uploads: files people bring (xlsx, xls, csv, json), opened into sheets of text cells within bounds of time and memory."""
