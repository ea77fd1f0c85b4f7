"""Who somebody is, what they may do, and the one place where that is asked before anything is written."""
