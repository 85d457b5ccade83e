"""What a client that asks for diagnostics was answered, and which files it asks about.

A client may show what it is sent and what it asked for side by side, so no file is both sent and asked for: a client that can ask
gets no diagnostics sent of open documents, and of no file at all once it has asked for those of the whole workspace.
"""

from __future__ import annotations

from collections.abc import Mapping

from lsprotocol import types


class Pulls:
    """Result ids by folder (its URI) and path. ``is_used`` is whether the client asks at all."""

    def __init__(self) -> None:
        self.is_used = False
        self.of_workspace = False
        """Whether the client asked for the whole workspace's."""
        self._documents: dict[tuple[str, str], str] = {}
        self._workspace: dict[tuple[str, str], str] = {}

    def was_given(self, folder: str, path: str, result_id: str) -> bool:
        """Whether the last answer about a document had this id."""
        return self._documents.get((folder, path)) == result_id

    def give(self, folder: str, path: str, result_id: str) -> None:
        """A document's diagnostics were answered."""
        self._documents[folder, path] = result_id

    def forget(self, folder: str, path: str) -> None:
        """A document was opened or closed: the client may have dropped what it was given."""
        self._documents.pop((folder, path), None)

    def forget_folder(self, folder: str) -> None:
        """A folder left the workspace."""
        for given in (self._documents, self._workspace):
            for key in [key for key in given if key[0] == folder]:
                del given[key]

    def documents_of(self, folder: str) -> list[tuple[str, str]]:
        """Path and result id of the documents of a folder that the client asked about and holds open."""
        return [(path, given) for (of, path), given in self._documents.items() if of == folder]

    def give_workspace(self, folder: str, result_ids: Mapping[str, str]) -> None:
        """The diagnostics of all files of a folder were answered; ``result_ids`` are those of the files that have any."""
        for key in [key for key in self._workspace if key[0] == folder]:
            del self._workspace[key]
        self._workspace |= {(folder, path): given for path, given in result_ids.items()}

    def workspace_of(self, folder: str) -> dict[str, str]:
        """Path to result id of what was answered about all files of a folder."""
        return {path: given for (of, path), given in self._workspace.items() if of == folder}


def can_pull(capabilities: types.ClientCapabilities) -> bool:
    """Whether a client can ask for diagnostics and can be told to ask again.

    Without the latter it would keep what an edit in another file has made untrue; such a client is sent them.
    """
    document, workspace = capabilities.text_document, capabilities.workspace
    asks = document is not None and document.diagnostic is not None
    again = workspace.diagnostics if workspace is not None else None
    return asks and bool(again and again.refresh_support)


def takes_related(capabilities: types.ClientCapabilities) -> bool:
    """Whether an answer about one document may hold those about others."""
    document = capabilities.text_document
    able = document.diagnostic if document is not None else None
    return bool(able and able.related_document_support)
