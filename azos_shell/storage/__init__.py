"""What azos keeps between sessions: the places on disk, the state database and the history in it."""
