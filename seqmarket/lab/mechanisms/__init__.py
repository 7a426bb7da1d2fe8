"""The general model of seeds 003: mechanisms, goals, constraints with witnesses, agreements among bidders."""
