"""One patient's visit: the table of states and events, the machine that runs it, and its words."""
