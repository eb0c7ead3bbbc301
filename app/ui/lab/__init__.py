"""The lab: trying out what works best on this machine and these documents."""
