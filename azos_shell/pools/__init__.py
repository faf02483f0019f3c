"""Pooled resources: connections to databases and servers, held open, bounded and validated."""
