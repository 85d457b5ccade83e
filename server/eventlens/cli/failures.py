"""Notices parts of an analysis that failed and were skipped: the rest is reported, but the run must not pass."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class SkippedParts(Exception):
    """Some parts failed; the message counts and names them."""


class _Collector(logging.Handler):
    """Keeps the errors, and prints what is logged unless another one does."""

    def __init__(self, printing: bool) -> None:
        super().__init__(logging.WARNING)
        self._printing = printing
        self.setFormatter(logging.Formatter("eventlens: %(message)s"))
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if self._printing:
            sys.stderr.write(self.format(record) + "\n")
        if record.levelno >= logging.ERROR:
            self.errors.append(record.getMessage())


@contextmanager
def errors_noticed() -> Iterator[list[str]]:
    """The list holds what is logged as an error while the body runs. Warnings and errors are printed, once."""
    collector = _Collector(printing=not _collecting())
    logger = logging.getLogger("eventlens")
    logger.addHandler(collector)
    try:
        yield collector.errors
    finally:
        logger.removeHandler(collector)


@contextmanager
def nothing_skipped() -> Iterator[None]:
    """Run the body, then raise `SkippedParts` when an error was logged meanwhile."""
    with errors_noticed() as errors:
        yield
    if errors:
        raise SkippedParts(f"{'; '.join(errors)}: what stands above is not complete")


def _collecting() -> bool:
    return any(isinstance(handler, _Collector) for handler in logging.getLogger("eventlens").handlers)
