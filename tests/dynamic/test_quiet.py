"""What stays out of a report, and what does not: standard output, start-up chatter, real errors."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

CHATTER = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    b"I0000 00:00:1795230901.906830   28066 port.cc:153] oneDNN custom operations are on.\n"
    b"W0000 00:00:1795230901.906830   28066 cpu.cc:7] slow\n"
    b"E0000 00:00:1795230901.906830   28066 cuda_executor.cc:1] failed call to cuInit: INTERNAL\n"
    b"2024-05-01 10:11:12.131415: I tensorflow/core/platform/cpu_feature_guard.cc:210] optimized\n"
)
REAL = (
    b"E0000 00:00:1795230901.906830   28066 allocator.cc:1] out of memory\n"
    b"F0000 00:00:1795230901.906830   28066 check.cc:1] Check failed\n"
    b"the user's own line\n"
)


def run_python(program: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, check=False, timeout=120
    )


def test_chatter_is_dropped_and_the_rest_comes_through():
    done = run_python(f"""
        import os
        from stabcheck.dynamic.quiet import without_start_up_messages
        with without_start_up_messages():
            os.write(2, {CHATTER + REAL!r})
        os.write(2, b"I0000 00:00:1.2 3 a.cc:4] after\\n")
    """)
    assert done.stderr == REAL + b"I0000 00:00:1.2 3 a.cc:4] after\n"


def test_everything_comes_through_after_an_exception():
    done = run_python(f"""
        import os
        from stabcheck.dynamic.quiet import without_start_up_messages
        try:
            with without_start_up_messages():
                os.write(2, {CHATTER + REAL!r})
                raise ImportError
        except ImportError:
            pass
    """)
    assert done.stderr == CHATTER + REAL


def test_standard_output_goes_nowhere_and_the_folder_is_come_back_to(tmp_path):
    done = run_python(f"""
        import os
        from stabcheck.dynamic.quiet import unheard
        folder = os.getcwd()
        print("before")
        with unheard():
            print("inside")
            os.write(1, b"inside\\n")
            os.chdir({str(tmp_path)!r})
        print("after", os.getcwd() == folder)
    """)
    assert done.stdout.decode().split() == ["before", "after", "True"]


def test_without_standard_streams():
    done = run_python("""
        import os
        from stabcheck.dynamic.quiet import unheard, without_start_up_messages
        os.close(1)
        os.close(2)
        with unheard(), without_start_up_messages():
            value = 3
        os._exit(value)
    """)
    assert done.returncode == 3


@pytest.mark.parametrize("make", ["tf.constant([1.0, 2.0])", "[1.0, 2.0]"], ids=["in the case", "in the run"])
def test_tensorflow_starts_without_a_word(tmp_path, make):
    file = tmp_path / "cases.py"
    file.write_text(
        "import tensorflow as tf\nimport stabcheck\n\n\n@stabcheck.gradient_case\ndef case():\n"
        f"    return stabcheck.GradientCase(fn=lambda x: tf.reduce_sum(tf.sin(x)), args=({make},))\n"
    )
    variables = {name: text for name, text in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-m", "stabcheck", "diagnose", str(file), "--format", "json"],
        capture_output=True,
        check=False,
        timeout=120,
        env=variables,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"{")
