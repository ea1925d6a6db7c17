# What `cmake --install` leaves. Everything is relative to the prefix, which may be moved. The components are the
# packages of PlexusPackages.cmake: library, plugins (plexus_add_plugin() installs them), runner, development.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Plexus)

install(TARGETS plexus EXPORT PlexusTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(EXPORT PlexusTargets NAMESPACE Plexus:: DESTINATION ${package_dir} COMPONENT development)
install(DIRECTORY core/include/plexus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set_target_properties(plexus_kernels PROPERTIES EXPORT_NAME kernels)
install(TARGETS plexus_kernels EXPORT PlexusKernels
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT PlexusKernels NAMESPACE Plexus:: DESTINATION ${package_dir} COMPONENT development)
install(DIRECTORY plugins/kernels DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/plexus-plugins COMPONENT development
  FILES_MATCHING PATTERN *.hpp)

configure_package_config_file(cmake/PlexusConfig.cmake.in ${PROJECT_BINARY_DIR}/PlexusConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/PlexusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/PlexusConfig.cmake ${PROJECT_BINARY_DIR}/PlexusConfigVersion.cmake
  cmake/PlexusAddPlugin.cmake cmake/Finddnnl.cmake DESTINATION ${package_dir} COMPONENT development)

file(RELATIVE_PATH PLEXUS_PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/plexus.pc.in ${PROJECT_BINARY_DIR}/plexus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/plexus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# The target Plexus::runner comes with the program: where one is absent, so is the other.
install(TARGETS runner EXPORT PlexusRunner RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runner)
install(EXPORT PlexusRunner NAMESPACE Plexus:: DESTINATION ${package_dir} COMPONENT runner)
install(DIRECTORY graphs DESTINATION ${CMAKE_INSTALL_DATADIR}/plexus COMPONENT runner)
# Side by side as in the repository, so that the pages' links to each other hold.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/plexus COMPONENT runner)
install(FILES README.md CHANGELOG.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/plexus COMPONENT runner)
foreach(data mnist king_james)
  install(FILES graphs/data/${data}/README.md COMPONENT runner
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/plexus/graphs/data/${data})
endforeach()
