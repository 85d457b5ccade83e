"""Tests of what the behaviour layer says about functions."""
