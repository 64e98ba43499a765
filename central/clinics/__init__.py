"""What clinic software asks beside one patient's eligibility: bulks, 照会番号, and the web API."""
