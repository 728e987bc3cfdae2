"""The report as one HTML page: what triage says, with source, fixes and ladders, and nothing to load.

The page is a tree of `xml.etree` elements, so that no text of a program can become markup; a content policy
in its head forbids every request. Without scripts it can be read as well: they only sort and filter.
"""

from stabcheck.triage.page.page import render

__all__ = ["render"]
