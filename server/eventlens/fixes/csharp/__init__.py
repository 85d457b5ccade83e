"""What fixes write in C#.

`publishing` is what fixes offer for a publish, `deliveries` what they write for RabbitMQ.Client; `code` is what they share: the usings of
a file, how it logs, and whether a method may get another type.
"""
