"""Tests of the rules: each over its annotated cases."""
