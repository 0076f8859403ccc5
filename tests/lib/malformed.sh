#!/bin/sh
# Words that make no sense, for words.sh and unmade.sh.
# shellcheck shell=sh

_repeat() { awk -v c="$1" 'BEGIN { for (i = 0; i < 100000; i++) printf "%s", c }'; }

# malformed EACH: calls EACH once for each line of the table: EACH SEEN COMMAND WORD..., where
# SEEN is what the complaint must quote, as text (long words may be shortened).
malformed() {
	esc=$(printf '\033') bad=$(printf '\377') cut=$(printf 'x\303') ctl=$(printf '30\00100')
	nines=$(_repeat 9) letters=$(_repeat x) bads=$(_repeat "$bad")
	newline=$(printf '30\n00') del=$(printf '1\177') csi=$(printf '1\302\233m')

	# ports of listen
	for word in 65536 100000 3000x x3000 0x10 +5 3.5 1e3 ' 3000' '3000 ' - \
		99999999999999999999 18446744073709551616 nosuchservice; do
		"$1" "port '$word'" listen "$word"
	done
	"$1" "port ''" listen ''
	"$1" "port '-1'" listen -- -1
	"$1" "'-1'" listen 0 127.0.0.1 -- -1
	"$1" "port '30\\x0100'" listen "$ctl"
	"$1" "port '30\\x0a00'" listen "$newline"
	"$1" "port '\\xff'" listen "$bad"
	"$1" "port 'x\\xc3'" listen "$cut"
	"$1" "port '1\\x7f'" listen "$del"
	"$1" "port '1\\xc2\\x9bm'" listen "$csi"
	"$1" "port '\\x1b[31m'" listen "${esc}[31m"
	"$1" 99999999 listen "$nines"
	"$1" xxxxxxxx listen "$letters"
	"$1" '\xff\xff' listen "$bads"

	# addresses of listen
	for word in 256.1.1.1 1.2.3.256 127.1 1.2.3 127 0x7f.1 1.2.3.4.5 1..2.3 ... 1.2.3. \
		'[::1' '::1]' ::: ::g 1::2::3 1:2:3:4:5:6:7:8:9; do
		"$1" "'$word'" listen 0 "$word"
	done
	"$1" "''" listen 0 ''
	"$1" "'\\xff'" listen 0 "$bad"
	"$1" "'a\\x1b'" listen 0 "a$esc"
	"$1" xxxxxxxx listen 0 "$letters"
	"$1" 99999999 listen 0 "$nines"
	"$1" '\xff\xff' listen 0 "$bads"
	"$1" "'localhost'" listen -n 0 localhost
	"$1" "'http'" listen -n http

	# the four places of connect
	for word in 256.1.1.1 127.1 1.2.3 0x7f.1 ''; do
		"$1" "'$word'" connect "$word" 0 127.0.0.1 9
		"$1" "'$word'" connect 127.0.0.1 0 "$word" 9
	done
	for word in 65536 3000x '' 99999999999999999999; do
		"$1" "port '$word'" connect 127.0.0.1 "$word" 127.0.0.1 9
		"$1" "port '$word'" connect 127.0.0.1 0 127.0.0.1 "$word"
	done
	"$1" "port '-1'" connect -- 127.0.0.1 -1 127.0.0.1 9
	"$1" "port '-1'" connect -- 127.0.0.1 0 127.0.0.1 -1
	"$1" '\xff\xff' connect 127.0.0.1 0 "$bads" 9
	"$1" 99999999 connect 127.0.0.1 0 127.0.0.1 "$nines"
	"$1" "'localhost'" connect -n localhost 0 127.0.0.1 9

	# addresses with their ports
	"$1" 'operand SERVER:PORT is missing' connect 127.0.0.1:0
	"$1" "server '127.0.0.1'" connect 127.0.0.1:0 127.0.0.1
	"$1" "server ':9'" connect 127.0.0.1:0 :9
	"$1" "'70000'" connect 127.0.0.1:70000 127.0.0.1:9
	"$1" "'70000'" connect 127.0.0.1:0 127.0.0.1:70000
	"$1" "'surplus'" connect 127.0.0.1:0 127.0.0.1:9 data surplus

	# families
	"$1" "'::1': not an IPv4 address" listen -4 0 ::1
	"$1" "'127.0.0.1': not an IPv6 address" listen -6 0 127.0.0.1
	"$1" '--v6only: not with -4' listen -4 --v6only 0
	"$1" '--no-v6only: not with -4' listen -4 --no-v6only 0
	"$1" "'::1': not an IPv4 address" connect 127.0.0.1 0 ::1 9
	"$1" "'127.0.0.1:9': not an IPv6 address" connect [::1]:0 127.0.0.1:9

	# durations
	for word in nan NaN inf -inf infinity 1e3 5x 5S 0x5 5ss 's' ms . 1.2.3 1,5 ' 5' '5 ' '5 s' \
		+5 -1 99999999999999999999; do
		"$1" "'$word'" listen 0 --idle-timeout "$word"
		"$1" "'$word'" connect 127.0.0.1 0 127.0.0.1 9 -i "$word"
	done
	for option in --idle-timeout --drain --keepalive; do
		"$1" "''" listen 0 "$option" ''
		"$1" "''" listen 0 "$option="
		"$1" "'5x'" listen 0 "$option=5x"
		"$1" "'-1'" listen 0 "$option=-1"
		"$1" "'\\xff'" listen 0 "$option" "$bad"
		"$1" 99999999 listen 0 "$option" "$nines"
	done
	for option in -i --interval -W --timeout --keepalive; do
		"$1" "''" connect 127.0.0.1 0 127.0.0.1 9 "$option" ''
		"$1" "'nan'" connect 127.0.0.1 0 127.0.0.1 9 "$option" nan
		"$1" xxxxxxxx connect 127.0.0.1 0 127.0.0.1 9 "$option" "$letters"
	done

	# counts
	for word in '' x 3x -1 1.5 1e3 0x3 k M 5m 5K 1G +5 ' 5' 99999999999999999999; do
		"$1" "'$word'" connect 127.0.0.1 0 127.0.0.1 9 -c "$word"
		"$1" "'$word'" connect 127.0.0.1 0 127.0.0.1 9 --size "$word"
		"$1" "'$word'" listen 0 -m "$word"
		"$1" "'$word'" listen 0 --backlog "$word"
	done
	"$1" 99999999 connect 127.0.0.1 0 127.0.0.1 9 -c "$nines"

	# options
	"$1" --bogus listen --bogus
	"$1" --bogus listen 0 127.0.0.1 --bogus
	"$1" --bogus listen --bogus=5
	"$1" -- listen --=5
	"$1" Z listen -Z
	"$1" Z listen -qZ
	"$1" 1 listen -1
	"$1" --no-reuse listen --no-reuse
	"$1" --idle listen --idle 5
	"$1" --jso listen --jso
	"$1" --coun connect 127.0.0.1 0 127.0.0.1 9 --coun 3
	"$1" --count connect 127.0.0.1 0 127.0.0.1 9 --count
	"$1" c connect 127.0.0.1 0 127.0.0.1 9 -c
	"$1" --idle-timeout listen 0 --idle-timeout
	"$1" --json listen 0 --json=1
	"$1" --no-reuseaddr listen 0 --no-reuseaddr=no
	"$1" --count listen 0 --count 3
	"$1" --drain connect 127.0.0.1 0 127.0.0.1 9 --drain 3
	"$1" '--\xff' listen "--$bad"
	"$1" --xxxxxxxx listen "--$letters"
	"$1" xxxxxxxx listen 0 --device "$letters"

	# operands
	"$1" "'surplus'" listen 0 127.0.0.1 surplus
	"$1" "'surplus'" connect 127.0.0.1 0 127.0.0.1 9 data surplus
	"$1" '\x1b' connect 127.0.0.1 0 127.0.0.1 9 data "$esc"
	"$1" "data ''" connect 127.0.0.1 0 127.0.0.1 9 ''
	"$1" 'reuse connect: ' connect 127.0.0.1
	"$1" 'reuse connect: ' connect 127.0.0.1 0
	"$1" 'reuse connect: ' connect 127.0.0.1 0 127.0.0.1
}
