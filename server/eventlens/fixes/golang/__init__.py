"""What fixes write in Go.

`publishing`, `handling`, `acknowledging` and `dead_letters` are what fixes offer there; `code`, `imports` and `loggers` is what they
share: the results of functions, the imports of a file, and how it logs.
"""
