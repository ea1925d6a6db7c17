# Installs the build to a prefix, moves the prefix, and builds plugins and a program against it.
include(${CMAKE_CURRENT_LIST_DIR}/commands.cmake)

file(REMOVE_RECURSE ${work})
run(${CMAKE_COMMAND} --install ${build} --prefix ${work}/first)
set(prefix ${work}/moved)
file(RENAME ${work}/first ${prefix})

# A shipped plugin folder, copied out, and an outsider's.
file(COPY ${source}/plugins/layers/activation ${source}/docs/examples/swish DESTINATION ${work})
foreach(plugin activation swish)
  run(${CMAKE_COMMAND} -G Ninja -S ${work}/${plugin} -B ${work}/${plugin}/build -D CMAKE_PREFIX_PATH=${prefix}
    -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=Release)
  run(${CMAKE_COMMAND} --build ${work}/${plugin}/build)
endforeach()
if(NOT EXISTS ${work}/activation/build/activation.so)
  message(FATAL_ERROR "the copied plugin folder built no activation.so")
endif()

# -ffast-math on the link line is refused.
execute_process(COMMAND ${CMAKE_COMMAND} -G Ninja -S ${work}/swish -B ${work}/swish/fast
  -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_CXX_FLAGS=-ffast-math
  RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE output)
if(NOT status)
  message(FATAL_ERROR "a plugin with -ffast-math on the link line was accepted")
endif()
expect("${output}" "-ffast-math is on the link line")

# A program built with pkg-config finds the shipped plugins beside the moved library, and the outsider's.
set(ENV{PKG_CONFIG_PATH} ${prefix}/${libdir}/pkgconfig)
execute_process(COMMAND pkg-config --cflags --libs plexus
  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
run(${compiler} -std=c++20 ${source}/tests/install/client.cpp -o ${work}/client ${flags}
  -Wl,-rpath,${prefix}/${libdir})
run(${work}/client ${work}/swish/build)
expect("${output}" "swish 1.0.0 ${work}/swish/build/swish.so")
expect("${output}" "activation [0-9.]+ ${prefix}/${libdir}/plexus/${sdk}/activation.so")

# The installed runner finds its library and its plugins.
if(EXISTS ${prefix}/bin/runner)
  run(${prefix}/bin/runner plugins swish --plugin-dir ${work}/swish/build)
  expect("${output}" "slope of the gate")
endif()
