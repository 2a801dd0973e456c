"""The networks and their mathematics: begin reading here, with `models`."""
