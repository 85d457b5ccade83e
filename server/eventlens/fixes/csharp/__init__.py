"""What fixes write in C#.

`publishing`, `handling` and `dead_letters` are what fixes write there; `code` is what they share: the usings of a file, how it logs,
and whether a method may get another type.
"""
