"""The generated code, run: real databases and brokers, real libraries, and processes killed at the worst moments.

Needs the servers' programs on this machine and the libraries pinned in ``fixtures/live/pins``; without them everything here is
skipped, or fails where EVENTLENS_REQUIRE_LIVE=1 says that they have to be there (``make test-live``).
"""
