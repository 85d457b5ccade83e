"""Ends the process at once."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def end_process(code: int) -> NoReturn:
    """Exit without waiting: a thread that still reads or analyses must not hold the process.

    Worker processes end by themselves when their pipe to this process closes.
    """
    sys.stderr.flush()
    os._exit(code)
