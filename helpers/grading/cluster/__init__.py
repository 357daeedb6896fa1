"""The same engine on other machines: submissions go there in chunks, verdicts come back."""
