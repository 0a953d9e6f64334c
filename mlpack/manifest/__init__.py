"""What was asked: a document, judged by its schema and by rules, as typed values."""
