# longest.awk FILE.c...: the functions whose text has more than 1,024 multiply-adds or 2,000 statements: straight-line code that takes
# compilers long; and, in the last line, how many functions were read.
/^{$/ { inside = 1; madds = statements = 0; next }
/^}$/ && inside {
	inside = 0
	functions++
	if (madds > 1024 || statements > 2000) print FILENAME ": " name ": " madds " multiply-adds, " statements " statements"
}
!inside && /\(/ { name = $0 }
inside {
	line = $0
	sub(/\/\*.*/, "", line)
	statements += gsub(/;/, ";", line)
	madds += gsub(/\+=|_FMA\(|_fmadd_ps\(|vfmaq?_f32\(/, "&", line)
}
END { print functions " functions" }
