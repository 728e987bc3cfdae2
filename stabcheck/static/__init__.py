"""The static pass: source text in, findings out. It never imports or runs what it reads."""
