# What `cmake --install` leaves: headers, libplexus, kernels, the CMake package and plexus.pc. Plugins and the runner
# install themselves. Everything is relative to the prefix, which may be moved.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Plexus)

install(DIRECTORY core/include/plexus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS plexus EXPORT PlexusTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT PlexusTargets NAMESPACE Plexus:: DESTINATION ${package_dir})

set_target_properties(plexus_kernels PROPERTIES EXPORT_NAME kernels)
install(TARGETS plexus_kernels EXPORT PlexusKernels ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT PlexusKernels NAMESPACE Plexus:: DESTINATION ${package_dir})
install(DIRECTORY plugins/kernels DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/plexus-plugins FILES_MATCHING PATTERN *.hpp)

configure_package_config_file(cmake/PlexusConfig.cmake.in ${PROJECT_BINARY_DIR}/PlexusConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/PlexusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/PlexusConfig.cmake ${PROJECT_BINARY_DIR}/PlexusConfigVersion.cmake
  cmake/PlexusAddPlugin.cmake cmake/Finddnnl.cmake DESTINATION ${package_dir})

file(RELATIVE_PATH PLEXUS_PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/plexus.pc.in ${PROJECT_BINARY_DIR}/plexus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/plexus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
