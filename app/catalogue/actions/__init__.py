"""What people can do in the catalogue: add, change, retire, share out, bring in from a sheet."""
