"""Every number that the seed texts print, beside what the lab and the model compute for it."""
