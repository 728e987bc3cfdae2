"""Doors from other tools to stabcheck: each is thin, and imports what it needs when it is used.

pytest has a plugin (gradient cases as tests, gradient checks that fail explained), editors have a language
server (the extra `stabcheck[server]`).
"""
