"""What a process that only lints spares itself at its end."""

import json
import subprocess
import sys

_LEFT = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))  # the last that is registered is called first
from stabcheck.garbage import leave_at_exit
{}
class Cycle:
    def __init__(self): self.own = self
    def __del__(self): print("collected")
Cycle()
"""


def left(call):
    command = [sys.executable, "-c", _LEFT.format(call)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_cycles_are_left_and_exit_handlers_called():
    assert left("") == ["False", "collected"]
    assert left("leave_at_exit()") == ["True"]


def test_what_is_printed_or_written_is_whole(tmp_path):
    body = "".join(f"def f{n}(x):\n    return np.log(1 + x)\n" for n in range(200))
    (tmp_path / "a.py").write_text(f"import numpy as np\n{body}")
    lint = [sys.executable, "-m", "stabcheck", "lint", "--isolated", "--no-cache", "--format=json", "a.py"]
    printed = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    subprocess.run([*lint, "--output-file=out.json"], cwd=tmp_path, capture_output=True, check=False)
    assert len(json.loads(printed)["findings"]) == 200
    assert (tmp_path / "out.json").read_text() == printed
