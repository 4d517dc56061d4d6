"""What `make bench` measures: one module for each promise about speed, load and size."""
