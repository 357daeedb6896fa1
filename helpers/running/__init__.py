"""What `helpers.training` runs on: batches, the record of losses, reasons to stop, checkpoints."""
