"""What commands cost: counters, latency quantiles, memory. Pure; clocks and readers are arguments."""
