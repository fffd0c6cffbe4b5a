"""The reference central API: what a shop's terminals agree with (extra ``[central]``)."""
