"""Work items: questions about suggestions that the model is least sure of, and the ledger of their answers."""
