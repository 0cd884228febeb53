# headings.sh PAGE: the arguments, properties and methods of the reference page, one a line.
awk '
/^Input shape:/ { constructor = 1 }
/^\* <b>`/ && !constructor { split($0, part, "`"); print "argument", part[2] }
/^<h2 id="/ { split($0, part, "\""); print "argument", part[2] }
/^## Properties/ { kind = "property" }
/^## Methods/ { kind = "method" }
/^<h3 id="/ { split($0, part, "\""); print kind, part[2] }
' "$1"
