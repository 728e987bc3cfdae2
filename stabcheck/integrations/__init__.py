"""Doors from other tools to stabcheck: each is thin, and imports what it needs when it is used."""
