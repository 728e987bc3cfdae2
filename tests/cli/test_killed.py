"""A fix that is killed leaves each file as it was or as it is to be, whatever the moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time

LINE = "    return np.log(1 + x)  # naïve\n"
BEFORE = "import numpy as np\n\n\n" + "".join(f"def f{i}(x):\n{LINE}\n\n" for i in range(40))
AFTER = BEFORE.replace("np.log(1 + x)", "np.log1p(x)")


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path):
    files = [tmp_path / f"f{i}.py" for i in range(12)]
    command = [sys.executable, "-m", "stabcheck", "lint", "--fix", "--isolated", "--no-cache", "-j", "1"]
    moments, killed = random.Random(0), 0
    took = 1.5
    for _ in range(6):
        for file in files:
            file.write_text(BEFORE, encoding="utf-8")
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=tmp_path, stdout=-1, stderr=-1)
        try:
            process.communicate(timeout=moments.uniform(0.3, 1.0) * took)
            took = time.monotonic() - began
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
        texts = [file.read_text(encoding="utf-8") for file in files]
        assert set(texts) <= {BEFORE, AFTER}
    assert killed
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=120)
    assert {file.read_text(encoding="utf-8") for file in files} == {AFTER}
