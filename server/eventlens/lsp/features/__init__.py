"""What the client may ask, one feature of the protocol a module, answered from the latest snapshot.

Each module has a ``FEATURES`` tuple of (method, handler, options) and, where it brings commands, a ``COMMANDS`` tuple of
(name, handler); `eventlens.lsp.server` registers them. Handlers only convert: what the answer is stands in `eventlens.ide`.
"""
