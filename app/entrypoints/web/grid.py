"""Pages: grid."""
