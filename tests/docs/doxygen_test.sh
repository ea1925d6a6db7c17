#!/bin/sh
# Doxygen reads the public headers and finds nothing to complain of; what is not documented would be noticed.
#   doxygen_test.sh SOURCE WORK
set -eu
source=$1
work=$2
command -v doxygen >/dev/null || exit 77
rm -rf "$work"
mkdir -p "$work"
cd "$source"

# Its settings, with pages for programs instead of for people, and what is said besides.
read_headers() {
  { cat docs/Doxyfile; printf '%s\n' "OUTPUT_DIRECTORY=$work" GENERATE_HTML=NO GENERATE_XML=YES "$@"; } | doxygen - 2>&1
}

complaints=$(read_headers) || true
if [ -n "$complaints" ]; then
  echo "$complaints"
  exit 1
fi
for name in Layer PlanContext Environment; do
  if [ ! -f "$work/xml/classplexus_1_1$name.xml" ]; then
    echo "plexus::$name was not read"
    exit 1
  fi
done

cat >"$work/silent.hpp" <<'HEADER'
namespace plexus {
struct Undocumented {
    int member;
};
}  // namespace plexus
HEADER
if noticed=$(read_headers "INPUT=$work/silent.hpp"); then
  echo "a class without a word was passed over"
  exit 1
fi
echo "$noticed" | grep -q "Undocumented is not documented"
