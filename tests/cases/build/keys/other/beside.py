"""Replaces the module of that name."""

NAME = "other"
