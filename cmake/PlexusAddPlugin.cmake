# plexus_add_plugin(<name> <source>...)
# A plugin: a library that Plexus opens at run time. It exports its entry point and nothing else, and its symbols are
# all resolved when it is opened. In Plexus's own tree it also goes where the runner looks for it.
include_guard()

function(plexus_add_plugin name)
  if(NOT ARGN)
    message(FATAL_ERROR "plexus_add_plugin(${name}): name the source files after it")
  endif()
  plexus_default_build_type()
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${name} PRIVATE Plexus::plexus)
  target_link_options(${name} PRIVATE -Wl,-z,now -Wl,-z,defs)
  if(PLEXUS_PLUGIN_BUILD_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PLEXUS_PLUGIN_BUILD_DIRECTORY})
    set_target_properties(${name} PROPERTIES INSTALL_RPATH "$ORIGIN/../..")
    install(TARGETS ${name} LIBRARY DESTINATION ${PLEXUS_PLUGIN_INSTALL_DIRECTORY} COMPONENT plugins)
    add_dependencies(plexus_plugins ${name})
  endif()
  # At the end of the folder, when its options are complete.
  cmake_language(EVAL CODE "cmake_language(DEFER CALL plexus_refuse_fast_math [[${name}]])")
endfunction()

# Without a build type CMake optimises nothing, which nobody means who trains with the plugin. Whoever says something of
# the kind is not overruled.
function(plexus_default_build_type)
  get_property(multiple GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT multiple AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CXX_FLAGS MATCHES "-O")
    message(STATUS "No CMAKE_BUILD_TYPE was given: building for Release")
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
  endif()
endfunction()

# With -ffast-math on the link line, opening the library switches denormal numbers off for the whole process.
function(plexus_refuse_fast_math name)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  get_target_property(options ${name} LINK_OPTIONS)
  set(line "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${config}} ${CMAKE_MODULE_LINKER_FLAGS} ${options}")
  if(line MATCHES "-(ffast-math|Ofast|funsafe-math-optimizations)")
    message(FATAL_ERROR "plexus_add_plugin(${name}): -${CMAKE_MATCH_1} is on the link line; opening such a plugin "
      "would change floating-point results everywhere. Give it to single sources with target_compile_options().")
  endif()
endfunction()
