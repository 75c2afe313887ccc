"""Numbers in words without a screen: labels, formats, periods, filters, sentences and exports."""
