# Writes `output`, a source with the files of the examples that `runner new` starts from. `examples` is their folder,
# `templates` a list of kind=type.
set(code "#include \"apps/runner/scaffold/templates.hpp\"\n\nnamespace runner {\nnamespace {\n\n")
set(table "")
set(number 0)
foreach(template IN LISTS templates)
  string(REPLACE "=" ";" template "${template}")
  list(GET template 0 kind)
  list(GET template 1 type)
  set(entries "")
  file(GLOB_RECURSE files RELATIVE ${examples}/${type} ${examples}/${type}/*)
  list(SORT files)
  foreach(file IN LISTS files)
    # Bytes rather than text: an example may bring data.
    file(READ ${examples}/${type}/${file} bytes HEX)
    string(LENGTH "${bytes}" length)
    math(EXPR length "${length} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
    # Lines of a length that an editor can show.
    string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)"
      "\n    \"\\1\"" bytes "${bytes}")
    string(APPEND code "constexpr char file_${number}[] =${bytes};\n\n")
    string(APPEND entries "        {\"${file}\", {file_${number}, ${length}}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND table "    {\"${kind}\", \"${type}\", {\n${entries}    }},\n")
endforeach()
string(APPEND code "}  // namespace\n\nconst std::vector<Template>& templates() {\n"
  "  static const std::vector<Template> all{\n${table}  };\n  return all;\n}\n\n}  // namespace runner\n")
file(WRITE ${output} "${code}")
