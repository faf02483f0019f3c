"""What is already known: bounded maps, the validators that prove an answer still true, and the result cache.

Import from the modules; this face loads nothing, so that a command line that caches nothing pays for nothing.
"""
