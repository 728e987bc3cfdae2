"""One change in the source of a gradient that makes it right: tried, and measured like any other gradient."""
