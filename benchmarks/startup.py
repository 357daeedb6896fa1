"""What a chapter costs before its first exercise: one JSON line a step, each against bare Python.

Usage: python benchmarks/startup.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

ROUNDS = 7
STEPS = {
    "python": "pass",
    "import helpers": "import helpers",
    "import numpy": "import numpy",
    "helpers and the checks": "from helpers import Checks; Checks('01_backpropagation')",
    "first cell of chapter 01": (
        "import matplotlib.pyplot, numpy\n"
        "from helpers import Checks, data, explore, plots, progress\n"
        "Checks('01_backpropagation')"
    ),
    "import torch": "import torch",
    "first cell of chapter 06": (
        "import matplotlib.pyplot, numpy, torch\n"
        "from helpers import Checks, data, explore, plots, training\n"
        "Checks('06_convolution'); training.fit"
    ),
    "course --help": "import sys; sys.argv[1:] = ['--help']; from helpers.cli import main; main()",
}


def seconds(code: str) -> float:
    """The quickest of several runs of a fresh interpreter."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    bare = seconds(STEPS["python"])
    for step, code in STEPS.items():
        taken = seconds(code)
        print(
            json.dumps(
                {"step": step, "beyond_python_s": round(taken - bare, 4), "ratio": taken / bare}
            )
        )
