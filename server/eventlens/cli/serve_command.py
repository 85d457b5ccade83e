"""``eventlens serve``: the language server."""

from __future__ import annotations

from typing import Annotated

import typer

from eventlens.cli.problems import UserProblem


def serve(
    stdio: Annotated[bool, typer.Option("--stdio", help="Speak over standard input and output (the default).")] = False,
    tcp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Listen for one client on this address instead.")
    ] = None,
) -> None:
    """Run the language server for an editor.

    Example: eventlens serve --stdio
    """
    if stdio and tcp:
        raise UserProblem("--stdio and --tcp exclude each other; give one.")
    address = _address(tcp) if tcp is not None else None
    from eventlens.lsp.running import serve_stdio, serve_tcp

    if address is None:
        serve_stdio()
    else:
        serve_tcp(*address)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise UserProblem(f"--tcp {text}: not an address; write HOST:PORT, for example 127.0.0.1:2087.")
    return host.strip("[]") or "127.0.0.1", int(port)
