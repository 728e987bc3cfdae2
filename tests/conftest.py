"""What holds for all tests: no results of earlier runs, unless a test asks for them."""

import os

os.environ["STABCHECK_NO_CACHE"] = "1"
