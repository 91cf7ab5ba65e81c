"""ntpages's benchmarks: ``ntpages bench`` runs them, README.md says how to read them."""
