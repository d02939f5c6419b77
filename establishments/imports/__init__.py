"""What the directory's imports changed, for those who look and those who decide: the rectorate, academies, schools."""
