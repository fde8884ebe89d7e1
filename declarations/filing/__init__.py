"""What the office answers, and the filing of it: facts, rules' verdict, periods, numbers looked up, decisions."""
