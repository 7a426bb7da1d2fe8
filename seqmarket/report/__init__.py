"""A round told to people: why each offer lost, and one page that shows it all."""
