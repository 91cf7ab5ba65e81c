"""ntmem's benchmarks: ``ntmem bench`` runs them, README.md says how to read them."""
