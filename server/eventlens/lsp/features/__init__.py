"""What the client may ask, one feature of the protocol a module, answered from the latest snapshot.

`registry` names each feature's method, handler and options. Handlers only convert: what the answer is stands in `eventlens.ide`.
"""
