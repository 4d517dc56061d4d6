"""What people and machines read: metrics, pages, the API and reports, all from a snapshot of the board."""
