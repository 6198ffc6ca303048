# seen (ID, held|not, note), then claims (ID | kind | what | where from): one line each. Exit status
# 1 when something that is believed did not hold.
FNR == NR {
	if (state[$1] != "did not hold" || $2 == "not") {
		state[$1] = $2 == "held" ? "held" : "did not hold"
		note[$1] = $3
	}
	next
}
/^#/ || /^$/ { next }
{
	split($0, part, / *\| */)
	id = part[1]
	what = id in state ? state[id] : "not seen"
	count[what]++
	if (what == "did not hold" && part[2] != "candidate")
		broken = 1
	printf "%-12s  %-22s  %s%s\n", what, id, part[3], note[id] == "" ? "" : " [" note[id] "]"
	known[id] = 1
}
END {
	for (id in state)
		if (!(id in known)) {
			print "unknown claim: " id
			broken = 1
		}
	printf "claims: %d held, %d did not hold, %d not seen\n", count["held"], count["did not hold"], count["not seen"]
	exit broken
}
