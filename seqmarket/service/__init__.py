"""What any long-running program of the house needs: a log, a lock on its key, an orderly end, metrics and a health page."""
