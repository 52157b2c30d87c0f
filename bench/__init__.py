"""`make bench`: measures the platform against the bare database on the same machine in the same run."""
