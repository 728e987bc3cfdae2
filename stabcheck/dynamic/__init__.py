"""The dynamic pass: a function in, a diagnosis out."""
