"""People (人员): one's own account, the member organisations, who is here and in which office."""
