"""Imports what no test environment has."""

import lightgbm

MODEL = lightgbm.Booster
