"""The parts of the NLU pipeline that are ours; `bot/config.yml` names them."""
