"""xbench: fine-tune and evaluate NLP models, and turn the records into leaderboards that an expert would believe."""
