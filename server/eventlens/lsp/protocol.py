"""The protocol where the library leaves a message without an answer: each request is answered once, come what may."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Generator
from typing import Any

import msgspec
from cattrs import Converter, transform_error
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import MsgId

from eventlens.lsp.framing import Mistake
from eventlens.lsp.own_methods import OWN_TYPES

log = logging.getLogger(__name__)

_HANDLED_HERE = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
)
"""For these the library keeps texts and folders of its own, which nobody asks for and an odd edit can fail in."""
_WITHOUT_PARAMS = (types.SHUTDOWN, types.EXIT)


class AnsweringProtocol(LanguageServerProtocol):
    """Answers also what cannot be read, what comes before the start and what comes after the end."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self._sending: set[asyncio.Future[None]] = set()

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()  # type: ignore[no-untyped-call]
        for method in _HANDLED_HERE:
            del self.fm.builtin_features[method]

    def take(self, message: dict[str, Any] | Mistake) -> None:
        """Take in what came over the wire. Never raises."""
        try:
            if isinstance(message, Mistake):
                self._refuse(None, message.code, message.reason)
            elif "method" in message:
                self._take_call(message)
            elif "id" in message:
                self._take_answer(message)
            else:
                self._refuse(None, types.ErrorCodes.InvalidRequest, "the message has neither a method nor an id")
        except Exception as error:
            log.exception("a message could not be taken in")
            self._server.report_server_error(error, JsonRpcException)

    def _take_call(self, message: dict[str, Any]) -> None:
        """A request or a notification."""
        wrong = self._wrong_envelope(message)
        if wrong:
            number = message.get("id")
            self._refuse(number if _is_id(number) else None, types.ErrorCodes.InvalidRequest, wrong)
            return
        method: str = message["method"]
        refusal = self._refusal(method)
        if refusal is None:
            self._handle(message)
        elif "id" in message:
            self._refuse(message["id"], refusal.code, refusal.message)
        else:
            log.info("left aside the notification %s: %s", method[:100], refusal.message)

    def _handle(self, message: dict[str, Any]) -> None:
        method = message["method"]
        if method in _WITHOUT_PARAMS:
            message = {name: value for name, value in message.items() if name != "params"}
        try:
            call: Any = self._converter.structure(message, _type_of(method))
        except Exception as error:
            self._misfit(message, error)
            return
        self.handle_message(call)

    def _misfit(self, message: dict[str, Any], error: Exception) -> None:
        """The parameters of a call are not what its method takes."""
        reason = f"{message['method']}: {'; '.join(transform_error(error, path='$')[:5])}"
        if "id" in message:
            self._refuse(message["id"], types.ErrorCodes.InvalidParams, reason)
        else:
            self._server.report_server_error(JsonRpcInvalidParams(reason), JsonRpcException)

    def _refusal(self, method: str) -> types.ResponseError | None:
        """Why a call is not handled for now."""
        begun = self._workspace is not None
        if method == types.EXIT:
            return None
        if self._shutdown:
            return types.ResponseError(types.ErrorCodes.InvalidRequest, "the server is shut down")
        if not begun and method != types.INITIALIZE:
            return types.ResponseError(types.ErrorCodes.ServerNotInitialized, "the server waits for `initialize`")
        if begun and method == types.INITIALIZE:
            return types.ResponseError(types.ErrorCodes.InvalidRequest, "the server is initialized already")
        if method not in self.fm.builtin_features and method not in self.fm.features and method != types.CANCEL_REQUEST:
            return types.ResponseError(types.ErrorCodes.MethodNotFound, f"there is no method {method[:100]!r}")
        return None

    @staticmethod
    def _wrong_envelope(message: dict[str, Any]) -> str:
        """What is wrong with a call, its parameters apart; "" for nothing."""
        method = message["method"]
        if message.get("jsonrpc") != AnsweringProtocol.VERSION:
            return '`jsonrpc` is not "2.0"'
        if not isinstance(method, str):
            return "`method` is no string"
        if "id" not in message or method == types.EXIT:
            return ""
        if not _is_id(message["id"]):
            return "`id` is neither a whole number nor a string"
        is_notification = (method in types.METHOD_TO_TYPES or method in OWN_TYPES) and not hasattr(
            _type_of(method), "id"
        )
        return f"{method} is a notification; it has no `id`" if is_notification else ""

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Stop, and answer what is not answered yet. The library's own fails where an answer is given at once."""
        yield self.fm.features[types.SHUTDOWN], args, None
        current = self.msg_id
        for number, waiting in list(self._request_futures.items()):
            if number != current and not waiting.done():
                waiting.cancel()
        self._shutdown = True

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Generator[Any, Any, Any]:
        """Run a command. None of them goes without arguments, which the library does not look at where there are none."""
        params.arguments = params.arguments or []
        return (yield from super().lsp_workspace__execute_command(params))

    def _send_response(self, msg_id: MsgId, result: Any = None, error: types.ResponseError | None = None) -> None:
        """Answer a request. What is encoded already is not looked at again."""
        if error is not None or self.writer is None or not isinstance(result, msgspec.Raw):
            super()._send_response(msg_id, result, error)
            return
        body = msgspec.json.encode({"jsonrpc": self.VERSION, "id": msg_id, "result": result})
        head = f"Content-Length: {len(body)}\r\n\r\n".encode() if self._include_headers else b""
        sent = self.writer.write(head + body)
        if inspect.isawaitable(sent):
            sending = asyncio.ensure_future(sent)
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    def _refuse(self, number: MsgId | None, code: int, reason: str) -> None:
        """Answer with an error; without an id where the request's is not known."""
        log.warning("%s", reason)
        self._send_data({"jsonrpc": self.VERSION, "id": number, "error": {"code": int(code), "message": reason}})

    def _take_answer(self, message: dict[str, Any]) -> None:
        """The client's answer to a request of the server; one that is not waited for any more is left aside."""
        number = message["id"]
        if not _is_id(number) or number not in self._result_types:
            log.info("left aside an answer to %r: nothing was asked", number)
            return
        asked = self._result_types.pop(number)
        waiting = self._request_futures.pop(number, None)
        if waiting is None or not waiting.set_running_or_notify_cancel():
            return
        if message.get("error") is not None:
            waiting.set_exception(_error(message["error"]))
            return
        answer = {"jsonrpc": self.VERSION, "id": number, "result": message.get("result")}
        try:
            waiting.set_result(self._converter.structure(answer, asked).result)
        except Exception as error:
            waiting.set_exception(JsonRpcInvalidParams("; ".join(transform_error(error, path="$")[:5])))

    def _handle_cancel_notification(self, msg_id: MsgId) -> None:
        """Cancel a request of the client; one that was answered meanwhile, or never came, is nothing to speak of."""
        if msg_id in self._request_futures and msg_id not in self._result_types:
            self._request_futures.pop(msg_id).cancel()


def _type_of(method: str) -> Any:
    """The type of a call, of a method that is handled."""
    return types.METHOD_TO_TYPES[method][0] if method in types.METHOD_TO_TYPES else OWN_TYPES[method]


def _is_id(number: object) -> bool:
    return isinstance(number, str) or (isinstance(number, int) and not isinstance(number, bool))


def _error(given: Any) -> JsonRpcException:
    code, text = (given.get("code"), given.get("message")) if isinstance(given, dict) else (None, given)
    return JsonRpcException(str(text), code if isinstance(code, int) else None)
