"""Hand tools, modelled to scale: each public function of these modules returns one ``Tool``."""
