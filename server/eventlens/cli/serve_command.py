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
    ws: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Listen for one client over a WebSocket instead.")
    ] = None,
    ws_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL", help="With --ws: let in pages of this origin too. Without it, no browser is let in."
        ),
    ] = None,
    paranoid: Annotated[
        bool,
        typer.Option(
            "--paranoid", help="Analyse all files from scratch each time too and tell where that differs. Slow."
        ),
    ] = False,
) -> None:
    """Run the language server for an editor.

    Example: eventlens serve --stdio
    """
    if sum(map(bool, (stdio, tcp, ws))) > 1:
        raise UserProblem("--stdio, --tcp and --ws exclude each other; give one.")
    if ws_origin and not ws:
        raise UserProblem("--ws-origin says which pages may use --ws; give --ws HOST:PORT too.")
    option, text = ("--tcp", tcp) if tcp is not None else ("--ws", ws)
    address = _address(option, text) if text is not None else None
    from eventlens.lsp.running import serve_over, serve_stdio
    from eventlens.lsp.sockets import CannotListen, over_tcp

    if address is None:
        serve_stdio(paranoid=paranoid)
        return
    if option == "--tcp":
        transport = over_tcp(*address)
    else:
        from eventlens.lsp.websocket import over_websocket

        transport = over_websocket(*address, ws_origin or ())
    try:
        serve_over(transport, paranoid=paranoid)
    except CannotListen as problem:
        raise UserProblem(f"{option} {text}: cannot listen there ({problem}); give a free address.") from problem


def _address(option: str, text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise UserProblem(f"{option} {text}: not an address; write HOST:PORT, for example 127.0.0.1:2087.")
    return host.strip("[]") or "127.0.0.1", int(port)
