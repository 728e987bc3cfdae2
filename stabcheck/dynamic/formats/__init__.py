"""Diagnoses for other programs: SARIF, JUnit, annotations of GitHub."""
