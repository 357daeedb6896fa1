"""Students' work as pages that run nothing and show no hidden check."""
