"""Notices parts of an analysis that failed and were skipped: the rest is reported, but the run must not pass."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class SkippedParts(Exception):
    """Some parts failed; the message counts and names them."""


class _Collector(logging.Handler):
    """Prints what is logged and keeps the errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("eventlens: %(message)s"))
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")
        if record.levelno >= logging.ERROR:
            self.errors.append(record.getMessage())


@contextmanager
def nothing_skipped() -> Iterator[None]:
    """Run the body, then raise `SkippedParts` when an error was logged meanwhile."""
    collector = _Collector()
    logger = logging.getLogger("eventlens")
    logger.addHandler(collector)
    try:
        yield
    finally:
        logger.removeHandler(collector)
    if collector.errors:
        raise SkippedParts(f"{'; '.join(collector.errors)}: what stands above is not complete")
