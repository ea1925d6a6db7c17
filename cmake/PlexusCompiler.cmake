# Options of our own code. What outsiders need besides comes with the target Plexus::plexus.
# No -march: the library runs on every x86-64, kernels choose the instruction set at run time.
# GCC 12 warns of overlapping copies inside std::string where there are none (its bug 105651).
add_compile_options(-Wall -Wextra -Wpedantic $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

option(PLEXUS_WARNINGS_AS_ERRORS "Stop at a warning" OFF)
if(PLEXUS_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()

set(PLEXUS_SANITIZE "" CACHE STRING "Empty, address (with undefined), or thread")
if(PLEXUS_SANITIZE STREQUAL "address")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(PLEXUS_SANITIZE STREQUAL "thread")
  set(sanitize -fsanitize=thread)
elseif(PLEXUS_SANITIZE)
  message(FATAL_ERROR "PLEXUS_SANITIZE is '${PLEXUS_SANITIZE}'; it may be empty, address or thread")
endif()
if(sanitize)
  add_compile_options(${sanitize} -fno-omit-frame-pointer)
  add_link_options(${sanitize})
endif()

option(PLEXUS_COVERAGE "Count executed lines, for gcovr" OFF)
if(PLEXUS_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

# Without the working directory in ccache's hash, several build folders share their hits.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()
