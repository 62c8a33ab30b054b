"""Quality of service: lots of tickets, drawn samples, reviews, and what they show."""
