"""Taking the linter into an old code base: known findings, changed lines, comments written for what stays."""
