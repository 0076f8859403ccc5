# While installing: the units in `source`, with the path of `program`, by way of `doc` into `to`.
foreach(unit reuse.socket reuse.service)
	file(READ ${source}/${unit} text)
	string(REPLACE "/usr/local/bin/reuse" "${program}" text "${text}")
	file(WRITE ${doc}/${unit} "${text}")
	file(INSTALL DESTINATION ${to} TYPE FILE FILES ${doc}/${unit})
endforeach()
