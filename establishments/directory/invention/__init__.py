"""Invents the people of schools and writes them as the ministry's feed does: demonstration, tests, benchmarks.

The schools are real, their people never are. The same arguments give the same bytes.
"""
