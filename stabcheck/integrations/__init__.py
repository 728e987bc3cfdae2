"""Doors to the three jobs from where people work."""
