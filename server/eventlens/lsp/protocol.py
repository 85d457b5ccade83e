"""The protocol where the library leaves a request without an answer: each request is answered once, come what may."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol


class AnsweringProtocol(LanguageServerProtocol):
    """Answers also requests that cannot be read, that come before the start and that come after the end."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """The message. A request whose parameters are not what its method takes is answered with that."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Handle a message, or say why it is none for now."""
        number, method = getattr(message, "id", None), getattr(message, "method", None)
        if number is None or method is None:
            super().handle_message(message)
        elif refusal := self._refusal(method):
            self._send_response(number, error=refusal)
        else:
            super().handle_message(message)

    def _refusal(self, method: str) -> types.ResponseError | None:
        begun = self._workspace is not None
        if self._shutdown:
            return types.ResponseError(types.ErrorCodes.InvalidRequest, "the server is shut down")
        if not begun and method != types.INITIALIZE:
            return types.ResponseError(types.ErrorCodes.ServerNotInitialized, "the server waits for `initialize`")
        if begun and method == types.INITIALIZE:
            return types.ResponseError(types.ErrorCodes.InvalidRequest, "the server is initialized already")
        return None
