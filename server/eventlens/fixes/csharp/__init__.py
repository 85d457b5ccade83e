"""What fixes write in C#.

`publishing` is what two fixes offer for a dropped task. Other fixes read C# as they do TypeScript, whose statements are alike, and ask
here for the words: `deliveries` (RabbitMQ.Client), `retries` (MassTransit). `code` is what they share: the usings of a file, how it
logs, and whether a method may get another type.

May import the fixes that are written anew here and what all languages share, nothing of `golang` or `jvm`. Invariant: what is written
compiles: what it names is known in the file, and no method gets another type that an interface, a base class or an event asks for.
"""
