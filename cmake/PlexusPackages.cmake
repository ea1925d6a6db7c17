# Debian packages of what PlexusInstall.cmake installs, a package per component: run `cpack` in the build folder.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME plexus)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_PACKAGE_VENDOR "Plexus developers")
set(CPACK_PACKAGE_CONTACT "Plexus developers <plexus@example.org>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS  # whatever the umask of whoever packs
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# What each needs of Debian is read from its binaries; libplexus itself is in no package yet.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})

# plexus_package(<component> <name> <section> <description> [DEPENDS <package>...] [RECOMMENDS ...] [SUGGESTS ...])
# The first line of the description is its summary. Debian wants a licence and a changelog beside each package.
function(plexus_package component name section description)
  cmake_parse_arguments(PARSE_ARGV 4 package "" "" "DEPENDS;RECOMMENDS;SUGGESTS")
  string(TOUPPER ${component} COMPONENT)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_DESCRIPTION "${description}" PARENT_SCOPE)
  foreach(relation DEPENDS RECOMMENDS SUGGESTS)
    list(JOIN package_${relation} ", " packages)
    set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_${relation} "${packages}" PARENT_SCOPE)
  endforeach()
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} PARENT_SCOPE)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/debian/copyright ${PROJECT_BINARY_DIR}/debian/changelog.gz
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
  set(overrides ${PROJECT_SOURCE_DIR}/cmake/debian/${component}.lintian-overrides)
  if(EXISTS ${overrides})
    install(FILES ${overrides} DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides RENAME ${name}
      COMPONENT ${component} EXCLUDE_FROM_ALL)
  endif()
endfunction()

set(library_package libplexus${PLEXUS_SDK})
plexus_package(library ${library_package} libs "plugin-based computation graphs (library)
Plexus trains neural networks from YAML files: graphs of layers, each of which
comes from a plugin that is found at run time.
.
This package has the library with which programs load, train and run graphs."
  SUGGESTS plexus-plugins)
plexus_package(plugins plexus-plugins libs "plugin-based computation graphs (layers, losses, data sets)
Plexus trains neural networks from YAML files.
.
This package has the plugins that graphs are made of: layers, losses, metrics,
optimizers, schedules, initializers, models, data sets and file formats."
  DEPENDS "${library_package} (>= ${PROJECT_VERSION})")
plexus_package(runner plexus-runner science "plugin-based computation graphs (program)
Plexus trains neural networks from YAML files.
.
This package has the program that checks, trains, evaluates, draws and measures
graphs and looks into checkpoints; graphs to begin with, the MNIST digits that
they are trained on, and the documentation."
  DEPENDS "${library_package} (>= ${PROJECT_VERSION})" "plexus-plugins (>= ${PROJECT_VERSION})"
  SUGGESTS graphviz)
plexus_package(development libplexus-dev libdevel "plugin-based computation graphs (development files)
Plexus trains neural networks from YAML files.
.
This package has what is needed to write plugins for it and to use it in other
programs: headers, a CMake package, plexus.pc, and the static library of the
kernels that its own fast layers are made with."
  DEPENDS "${library_package} (= ${PROJECT_VERSION})"
  RECOMMENDS libdnnl-dev plexus-runner)

# The library's: what others that link it will depend on, and the linker's cache renewed. CPack's way to renew it are
# scripts that call ldconfig, which Debian gave up for triggers; a script that is named and not there replaces them.
file(WRITE ${PROJECT_BINARY_DIR}/debian/shlibs
  "libplexus ${PLEXUS_SDK} ${library_package} (>= ${PROJECT_VERSION})\n")
file(WRITE ${PROJECT_BINARY_DIR}/debian/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/debian/shlibs
  ${PROJECT_BINARY_DIR}/debian/triggers ${PROJECT_BINARY_DIR}/debian/none/postinst
  ${PROJECT_BINARY_DIR}/debian/none/postrm)

# Debian's own form of changelog, compressed as its policy wants it; dated by SOURCE_DATE_EPOCH where that is set.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${PROJECT_BINARY_DIR}/debian/changelog "plexus (${PROJECT_VERSION}) unstable; urgency=medium

  * Version ${PROJECT_VERSION}; what is new in it is in CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
find_program(PLEXUS_GZIP gzip)
if(PLEXUS_GZIP)
  execute_process(COMMAND ${PLEXUS_GZIP} --best --no-name --force --keep ${PROJECT_BINARY_DIR}/debian/changelog
    COMMAND_ERROR_IS_FATAL ANY)
endif()

include(CPack)
