# Third-party libraries, all of them Debian 12 packages; scripts/install-dependencies names them.
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(TBB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)

# The one room that each library has (docs/architecture.md). plexus_room() links it there and nowhere else.
set(PLEXUS_LIBRARIES_OF_graph Boost::headers)
set(PLEXUS_LIBRARIES_OF_plugin Boost::headers ${CMAKE_DL_LIBS})
set(PLEXUS_LIBRARIES_OF_program yaml-cpp)
set(PLEXUS_LIBRARIES_OF_execute TBB::tbb)
set(PLEXUS_LIBRARIES_OF_store PkgConfig::HDF5)
set(PLEXUS_LIBRARIES_OF_schema nlohmann_json::nlohmann_json)
