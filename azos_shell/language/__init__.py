"""The command language: text to tree. Pure: no event loop, no I/O, no clock."""
