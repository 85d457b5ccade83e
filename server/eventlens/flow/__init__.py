"""From modules to the flow map: what values mean, which calls are library calls, channels, wrappers, handlers, flows.

May import: `ir`, `config`, `knowledge`, `workspace`. Invariant: a channel is one node for the whole workspace; every resolved
value is known, a pattern or unknown and carries the evidence that led there; nothing here knows a language or an editor.
"""
