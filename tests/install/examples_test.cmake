# Builds every folder of docs/examples against the installed package alone, has each checked and trained as its own
# CMakeLists.txt says, and looks at what came out.
include(${CMAKE_CURRENT_LIST_DIR}/commands.cmake)

file(REMOVE_RECURSE ${work})
run(${CMAKE_COMMAND} --install ${build} --prefix ${work}/first)
set(prefix ${work}/moved)
file(RENAME ${work}/first ${prefix})
file(COPY ${source}/docs/examples DESTINATION ${work})
set(examples ${work}/examples)

# What `runner new` writes is built, checked and trained with them.
foreach(kind layer loss metric optimizer schedule initializer dataset format model)
  run(${prefix}/bin/runner new ${kind} my_${kind} --out ${examples}/my_${kind})
endforeach()

# One build for all, for a compiler has to be tried out only once. It says no CMAKE_BUILD_TYPE.
file(GLOB folders RELATIVE ${examples} ${examples}/*)
list(LENGTH folders count)
if(count LESS 10)
  message(FATAL_ERROR "there are ${count} examples in ${source}/docs/examples")
endif()
list(TRANSFORM folders REPLACE "(.+)" "add_subdirectory(\\1)" OUTPUT_VARIABLE lines)
list(JOIN lines "\n" lines)
file(WRITE ${examples}/CMakeLists.txt
  "cmake_minimum_required(VERSION 3.25)\nproject(examples LANGUAGES CXX)\nenable_testing()\n${lines}\n")
set(cache)
if(launcher)
  set(cache -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher})
endif()
run(${CMAKE_COMMAND} -G Ninja -S ${examples} -B ${examples}/build -D CMAKE_PREFIX_PATH=${prefix}
  -D CMAKE_CXX_COMPILER=${compiler} -D "CMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror" ${cache})
expect("${output}" "No CMAKE_BUILD_TYPE was given: building for Release")
run(${CMAKE_COMMAND} --build ${examples}/build)

# Out of reach: nothing that was compiled or linked lies in the source tree or in its build.
file(READ ${examples}/build/build.ninja commands)
run(ninja -C ${examples}/build -t deps)
foreach(text "${commands}" "${output}")
  string(REPLACE "${work}" "" text "${text}")
  string(FIND "${text}" "${source}/" at)
  if(NOT at EQUAL -1)
    string(SUBSTRING "${text}" ${at} 200 text)
    message(FATAL_ERROR "an example is built from the source tree: ${text}")
  endif()
endforeach()

run(${CMAKE_CTEST_COMMAND} --test-dir ${examples}/build --output-on-failure --no-tests=error)

# The last value of a metric in a run's history, and of its loss the first and the last.
function(values_of metric file)
  file(STRINGS ${file} rows REGEX ",${metric},")
  list(GET rows 0 first)
  list(GET rows -1 last)
  string(REGEX REPLACE ".*," "" first "${first}")
  string(REGEX REPLACE ".*," "" last "${last}")
  set(first ${first} PARENT_SCOPE)
  set(last ${last} PARENT_SCOPE)
endfunction()

foreach(folder ${folders})
  set(history ${examples}/build/${folder}/run/metrics.csv)
  file(READ ${history} text)
  if(text MATCHES ",(accuracy|within_tolerance|my_metric),")
    values_of(${CMAKE_MATCH_1} ${history})
    if(NOT last GREATER 0.9)
      message(FATAL_ERROR "${folder} learnt nothing: ${last}\n${text}")
    endif()
  else()
    values_of(loss ${history})
    if(NOT last LESS first OR NOT last LESS 0.1)
      message(FATAL_ERROR "${folder} learnt nothing: loss ${first}, then ${last}\n${text}")
    endif()
  endif()
endforeach()

# The program says what it does.
run(${examples}/build/embedding/embedding ${examples}/embedding/graph.yaml ${work}/embedding
  ${examples}/build/swish)
expect("${output}" "[0-9]+ parameters, 480 samples\nepoch 1 of 8: loss [0-9.]+ accuracy [0-9.]+\n")
expect("${output}" "epoch 8 of 8: [^\n]+\nholdout loss [0-9.]+\nholdout accuracy (1.000|0.9[0-9]+)\n")
set(answer "[01][.][0-9]+ [01][.][0-9]+ [01][.][0-9]+\n")
expect("${output}" "\n${answer}${answer}$")
execute_process(COMMAND ${examples}/build/embedding/embedding ${examples}/swish/graph.yaml ${work}/embedding
  RESULT_VARIABLE status ERROR_VARIABLE output)
expect("${status} ${output}" "^2 ${examples}/swish/graph.yaml:[0-9]+:[0-9]+: .*swish")
