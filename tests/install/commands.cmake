# Commands that a test runs, and what it expects of their output.

# Runs a command that must succeed; what it printed is in `output`.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(status)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect text pattern)
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "expected '${pattern}' in:\n${text}")
  endif()
endfunction()

# One epoch of a shipped graph on the 10,000 digits of the test set, with the runner and the graphs of an installed tree.
function(train_installed root folder)
  set(graphs ${root}/share/plexus/graphs)
  set(images ${graphs}/data/mnist/t10k)
  file(MAKE_DIRECTORY ${folder})
  run(${CMAKE_COMMAND} -E chdir ${folder} ${root}/bin/runner train ${graphs}/mnist_mlp.yaml --set train.epochs=1
    --set "data.source={idx: {images: ${images}-images-idx3-ubyte.gz, labels: ${images}-labels-idx1-ubyte.gz}}")
  # The run folder is below the folder in which the runner was called, not in the installed tree.
  foreach(left best.h5 last.h5 metrics.csv)
    if(NOT EXISTS ${folder}/runs/mnist_mlp/${left})
      message(FATAL_ERROR "training left no runs/mnist_mlp/${left}:\n${output}")
    endif()
  endforeach()
endfunction()
