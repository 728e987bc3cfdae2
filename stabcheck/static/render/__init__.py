"""Findings as text for people, as JSON for programs, and as annotations for GitHub."""
