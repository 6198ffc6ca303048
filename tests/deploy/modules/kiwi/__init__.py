"""The part of kiwi's modules that the build reads recipes with. Its answers were those of kiwi
10.3.0 on 2026-11-28: tests/kiwi.test compares them where the real one is installed."""
