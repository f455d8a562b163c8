"""Who may use Optimus: users, roles, sessions, tokens and passwords."""
