"""What a person and a program see: table, detail, sentences, JSON."""
