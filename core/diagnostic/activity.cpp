#include "core/diagnostic/activity.hpp"

namespace plexus {

constinit thread_local const Activity* Activity::running_ = nullptr;

}  // namespace plexus
