"""What a run learns from: clips rendered or heard, drawn, and as features and targets."""
