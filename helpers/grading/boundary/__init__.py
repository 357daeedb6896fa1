"""Between the checker and a student's process: frames and plain values, none trusted."""
