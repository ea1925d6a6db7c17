# The CMake package and plexus.pc of a moved prefix: versions, components, what they refuse, and that nothing in them
# names the folders in which Plexus was built. The installed runner trains an installed graph.
include(${CMAKE_CURRENT_LIST_DIR}/commands.cmake)

# find_package(Plexus <ask> REQUIRED) in a project of its own, with the rest as further arguments of cmake.
function(configure ask)
  string(MAKE_C_IDENTIFIER "${ask} ${ARGN}" name)
  execute_process(COMMAND ${CMAKE_COMMAND} -G Ninja -S ${source}/tests/install/package -B ${work}/build/${name}
    -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_PREFIX_PATH=${prefix} "-Dask=${ask}"
    -D graph=${prefix}/share/plexus/graphs/mnist_mlp.yaml ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")  # CMake breaks the lines of its messages
  set(status ${status} PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
  set(client ${work}/build/${name} PARENT_SCOPE)
endfunction()

function(refused ask pattern)
  configure("${ask}" ${ARGN})
  if(NOT status)
    message(FATAL_ERROR "find_package(Plexus ${ask}) was content:\n${output}")
  endif()
  expect("${output}" "${pattern}")
endfunction()

function(found ask)
  configure("${ask}")
  if(status)
    message(FATAL_ERROR "find_package(Plexus ${ask}):\n${output}")
  endif()
  foreach(target ${ARGN})
    expect("${output}" "target ${target}")
  endforeach()
  set(client ${client} PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${work})
run(${CMAKE_COMMAND} --install ${build} --prefix ${work}/first)
set(prefix ${work}/moved)
file(RENAME ${work}/first ${prefix})
set(package ${prefix}/${libdir}/cmake/Plexus)

# Versions: the same major and minor, at least the patch.
string(REGEX MATCH "^([0-9]+)\\.([0-9]+)" _ ${sdk})
math(EXPR next "${CMAKE_MATCH_2} + 1")
set(later ${CMAKE_MATCH_1}.${next} 99.0 ${version}.1)
found(${version} plexus)
found(${sdk} plexus)
foreach(other ${later})
  refused(${other} "Plexus.*version: ${version}")
endforeach()

# Components, and the runner as a target that a test can run.
found("COMPONENTS kernels runner" plexus kernels runner)
run(${CMAKE_CTEST_COMMAND} --test-dir ${client} --output-on-failure --no-tests=error)
found("OPTIONAL_COMPONENTS painter" plexus)
refused("COMPONENTS painter" "there is no component 'painter'; there are kernels and runner")
refused("COMPONENTS kernels" "component 'kernels': it wants oneDNN.* libdnnl-dev"
  -D CMAKE_DISABLE_FIND_PACKAGE_dnnl=ON)
file(RENAME ${package}/PlexusRunner.cmake ${work}/PlexusRunner.cmake)
found("" plexus)
refused("COMPONENTS runner" "component 'runner': .* plexus-runner")
file(RENAME ${work}/PlexusRunner.cmake ${package}/PlexusRunner.cmake)

# plexus.pc
set(ENV{PKG_CONFIG_PATH} ${prefix}/${libdir}/pkgconfig)
run(pkg-config --modversion plexus)
expect("${output}" "^${version}\n$")
run(pkg-config --libs plexus)
expect("${output}" "-lplexus")
run(pkg-config --variable=plugindir plexus)
string(STRIP "${output}" plugindir)
if(NOT EXISTS ${plugindir}/activation.so)
  message(FATAL_ERROR "plexus.pc has plugindir=${plugindir}, where there is no activation.so")
endif()

# The library is called by its SDK version, which is all that a program or plugin asks for.
run(objdump -p ${prefix}/${libdir}/libplexus.so)
expect("${output}" "SONAME +libplexus.so.${sdk}\n")

# Nothing names the folders of the build, or the prefix.
file(GLOB texts ${package}/*.cmake ${prefix}/${libdir}/pkgconfig/*.pc)
file(GLOB binaries ${prefix}/bin/* ${prefix}/${libdir}/*.so ${plugindir}/*.so)
foreach(file ${binaries})
  run(objdump -p ${file})
  string(REGEX MATCHALL "(RUNPATH|RPATH|NEEDED) [^\n]+" lines "${output}")
  string(APPEND paths "${lines}")
endforeach()
foreach(file ${texts})
  file(READ ${file} text)
  string(APPEND paths "${text}")
endforeach()
expect("${paths}" "NEEDED.*IMPORTED_LOCATION")
foreach(folder ${source} ${build} ${work})
  string(FIND "${paths}" "${folder}" at)
  if(NOT at EQUAL -1)
    string(SUBSTRING "${paths}" ${at} 200 text)
    message(FATAL_ERROR "an installed file names ${folder}:\n${text}")
  endif()
endforeach()

# The pages were installed with what they link to.
file(GLOB_RECURSE pages ${prefix}/share/doc/plexus/*.md)
set(seen 0)
foreach(page ${pages})
  file(READ ${page} text)
  cmake_path(GET page PARENT_PATH folder)
  string(REPLACE "](" "@(" text "${text}")
  string(REGEX REPLACE "[][;]" " " text "${text}")  # they would join or cut the elements of CMake's lists
  string(REGEX MATCHALL "@\\([^)#:]+[)#]" links "${text}")
  foreach(link ${links})
    string(REGEX REPLACE "^@\\((.*)[)#]$" "\\1" link "${link}")
    math(EXPR seen "${seen} + 1")
    if(NOT EXISTS ${folder}/${link})
      message(FATAL_ERROR "${page}: ${link} was not installed")
    endif()
  endforeach()
endforeach()
if(seen LESS 50)
  message(FATAL_ERROR "only ${seen} links in share/doc/plexus")
endif()
if(NOT EXISTS ${prefix}/share/doc/plexus/LICENSE)
  message(FATAL_ERROR "the licence was not installed")
endif()

# From a folder that knows nothing of the prefix.
train_installed(${prefix} ${work}/anywhere)
