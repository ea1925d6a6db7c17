// Why something in a file is not read. Whoever knows the file and the path makes an InputError of it.
#pragma once
#include <stdexcept>

namespace plexus::store {

struct Refusal final : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace plexus::store
