"""What the files of a folder tell about the model in it; nothing is imported or run."""

from mlpack.authoring.survey.drafting import Draft, draft
from mlpack.authoring.survey.folder import Survey, survey

__all__ = ["Draft", "Survey", "draft", "survey"]
