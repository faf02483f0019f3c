"""Where work runs. `local`, this process and its pools, is what the bus does by itself; others come as plugins."""
