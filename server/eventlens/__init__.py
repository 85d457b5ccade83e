"""Eventlens reads event-driven systems and says who publishes, who consumes, and where a flow can lose, duplicate or loop a message."""

__version__ = "0.1.0"
