"""Surveys and lowers files on request: the work of one worker process, and the frames in which it is asked and answers."""

from __future__ import annotations

import hashlib
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import IO

import msgspec

from eventlens import ir
from eventlens.syntax.lowering import lower
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.reading import read_file
from eventlens.workspace.survey import Survey, Surveyor, is_bundle

_LENGTH = struct.Struct("<I")
_PASSED_AT_ONCE = 65_536
_NICENESS = 10
"""Workers give way to the process that asks them: it answers somebody who waits."""


class Lowered(msgspec.Struct, frozen=True, array_like=True):
    """One lowered or surveyed file. ``module`` is packed; None for a bundle, and where the file was surveyed."""

    digest: bytes
    module: bytes | None
    survey: Survey | None = None


class Request(msgspec.Struct, frozen=True, array_like=True):
    """Files of one workspace to lower; the answer is a list with a `Lowered`, or None for a file that is gone, each.

    With ``literals`` they are surveyed for those instead.
    """

    root: str
    records: list[FileRecord]
    literals: tuple[bytes, ...] | None = None


def digest_of(path: str, source: bytes) -> bytes:
    """Names a file's content; files of different kinds differ even with the same bytes."""
    suffix = path.rpartition("/")[2].rpartition(".")[2]
    return hashlib.blake2b(source, digest_size=16, key=suffix.encode()[:64]).digest()


def lower_file(root: str, record: FileRecord) -> Lowered | None:
    """Read and lower one file; None when it is gone."""
    try:
        source = read_file(f"{root}/{record.path}", record.size)
    except OSError:
        return None
    digest = digest_of(record.path, source)
    if is_bundle(source, record.language):
        return Lowered(digest, None)
    return Lowered(digest, pack(lower(record.path, source)))


def survey_file(root: str, record: FileRecord, surveyor: Surveyor) -> Lowered | None:
    """Read and survey one file; None when it is gone."""
    try:
        source = read_file(f"{root}/{record.path}", record.size)
    except OSError:
        return None
    return Lowered(digest_of(record.path, source), None, surveyor.survey(source, record.language))


@lru_cache(maxsize=1)
def _surveyor(literals: tuple[bytes, ...]) -> Surveyor:
    return Surveyor(literals)


def pack(module: ir.Module) -> bytes:
    """A module as workers send and the cache keeps it. Compressing it would cost both sides more time than writing it whole."""
    return ir.encode(module)


def unpack(packed: bytes) -> ir.Module:
    """What `pack` packed; raises ValueError for other bytes."""
    try:
        return ir.decode(packed)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error


def send(stream: IO[bytes], content: bytes) -> None:
    """Write one frame."""
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes:
    """Read one frame; raises EOFError at the end of the stream or inside a frame."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def answer(request: bytes) -> bytes:
    """The frame that answers a frame."""
    return msgspec.msgpack.encode(answers_to(msgspec.msgpack.decode(request, type=Request)))


def answers_to(asked: Request) -> list[Lowered | None]:
    """What is said of each file that is asked about."""
    root = asked.root
    if asked.literals is None:
        return [lower_file(root, record) for record in asked.records]
    surveyor = _surveyor(asked.literals)
    return [survey_file(root, record, surveyor) for record in asked.records]


def serve(requests: IO[bytes], answers: IO[bytes], reply: Callable[[bytes], bytes] = answer) -> None:
    """Answer until the requests end, or nobody takes the answers."""
    while True:
        try:
            request = receive(requests)
        except EOFError:
            return
        try:
            send(answers, reply(request))
        except BrokenPipeError:
            return


def main() -> None:
    """A worker's life. Whatever prints goes to the standard error stream, so that the answers stay clean."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests, passed_on = os.pipe()
    threading.Thread(target=_pass_on, args=(sys.stdin.fileno(), passed_on), daemon=True).start()
    serve(os.fdopen(requests, "rb"), answers)
    os._exit(0)


def _pass_on(source: int, sink: int) -> None:
    """Hand requests on and end the process with them, even amid a long answer: who asked is gone then and wants it no more."""
    while content := os.read(source, _PASSED_AT_ONCE):
        while content:
            content = content[os.write(sink, content) :]
    os._exit(0)
