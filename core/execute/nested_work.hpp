// Work that runs a plan of its own inside of a stage.
#pragma once
#include <string>

#include "plexus/step.hpp"

namespace plexus {

class NestedWork {
public:
    virtual ~NestedWork() = default;
    /// Runs the stage once more, up to the first value inside of it that is not finite: "dense 'd', forward: output 0,
    /// step 3". Empty if there is none.
    [[nodiscard]] virtual std::string first_non_finite(const StageContext& c) const = 0;
};

}  // namespace plexus
