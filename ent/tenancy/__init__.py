"""The tenancy kernel: which establishments a piece of work may touch, and PostgreSQL holding it to that."""
