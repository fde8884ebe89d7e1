"""The act of declaring: forms, rules, filing, receipts and the reviewers' office."""
