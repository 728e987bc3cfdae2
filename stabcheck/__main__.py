"""`python -m stabcheck`."""

from stabcheck.cli import main

main()
