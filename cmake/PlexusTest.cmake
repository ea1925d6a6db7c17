# plexus_test(<name> SOURCES <file>... [LABELS <label>...] [ARGS <argument>...] [LIBRARIES <target>...] [SLOW])
# A doctest program, test_<name>, run by ctest as <name> in a folder of its own, <build>/tests-tmp/<name>. Internal
# headers are included as "core/<room>/<file>.hpp". With SLOW (or the label slow) there are cases in the suite "slow"
# (TEST_SUITE("slow")): they run as <name>_slow with that label, and are left out of <name>.
function(plexus_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "SLOW" "" "SOURCES;LABELS;ARGS;LIBRARIES")
  if("slow" IN_LIST test_LABELS)
    list(REMOVE_ITEM test_LABELS slow)
    set(test_SLOW ON)
  endif()
  add_executable(test_${name} ${test_SOURCES})
  target_link_libraries(test_${name} PRIVATE plexus_test_main Plexus::plexus Boost::headers ${test_LIBRARIES})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})

  set(folder ${PROJECT_BINARY_DIR}/tests-tmp/${name})
  file(MAKE_DIRECTORY ${folder})
  add_test(NAME ${name} COMMAND test_${name} --test-suite-exclude=slow ${test_ARGS} WORKING_DIRECTORY ${folder})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "${test_LABELS}")
  if(test_SLOW)
    file(MAKE_DIRECTORY ${folder}_slow)
    add_test(NAME ${name}_slow COMMAND test_${name} --test-suite=slow ${test_ARGS} WORKING_DIRECTORY ${folder}_slow)
    set_tests_properties(${name}_slow PROPERTIES TIMEOUT 3600 LABELS "${test_LABELS};slow")
  endif()
endfunction()
