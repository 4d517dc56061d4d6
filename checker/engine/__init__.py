"""What runs and when: the plan made of a configuration, the runs of its probes, their schedule."""
