"""What tests, trials and benchmarks share: builders of rows, readers of pages, a PostgreSQL of their own."""
