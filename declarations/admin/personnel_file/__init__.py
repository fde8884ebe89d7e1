"""The personnel file of a worker or an employer: the periods of a year with their declarations, and the quotas."""
