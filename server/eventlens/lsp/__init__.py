"""The language server: documents, positions, progress, configuration and the protocol's shapes.

May import everything but `cli`. Invariant: analysis never runs on the event loop, a request is answered from the last
complete analysis, and an error in one request leaves the server running.
"""
