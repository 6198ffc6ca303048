"""The part of kiwi's modules that the build reads recipes with. Its answers were those of kiwi
10.3.0 for the descriptions of tests/deploy/kiwi.py, 2026-11-28, which compares them when the real
one is there."""
