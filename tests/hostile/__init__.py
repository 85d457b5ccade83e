"""Workspaces that mean harm, secrets that must not leak, and what the processes do to the world meanwhile."""
