"""Catalogue (目录): bases, labs, machines, stations; who owns, hosts, operates and keeps them, and on what terms."""
