"""Lies beside the package."""

NAME = "beside"
