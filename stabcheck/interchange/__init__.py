"""What other programs read: SARIF, GitLab's Code Quality, JUnit, GitHub's workflow commands.

Lint, diagnose and triage say the same things to them, so that each format is written here once, from data
that knows neither findings nor reports.
"""
