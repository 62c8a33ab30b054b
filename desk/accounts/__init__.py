"""The people of the desk: users, roles, sign-in."""
