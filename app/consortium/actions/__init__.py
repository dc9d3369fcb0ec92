"""What people can do in the consortium: come in, look after their accounts, look after members and people."""
