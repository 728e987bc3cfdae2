"""Findings as text and statistics for people, and for programs: JSON, SARIF, JUnit, GitHub, GitLab."""
