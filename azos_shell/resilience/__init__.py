"""What spares things that fail: circuit breaker, rate limiter, retry. Pure; time and chance are arguments."""
