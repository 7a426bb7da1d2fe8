"""The rules as pure functions and frozen records: standard library only, integers only."""
